"""The story of an active message in a browser, in each language, with the engine behind (docs/desk.md)."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from active_messages.models import FlowEngine, Start
from orgs.models import User
from sectors import operations as sectors
from tests.browsing import Browse, until
from tickets.models import Ticket as Room

from .api_v2 import ApiV2
from .installation import Installation
from .places import Place
from .test_wire import wait_until_settled
from .wenichats import Engine

pytestmark = pytest.mark.browser

LANGUAGES = {"en": "en-US", "es": "es-ES", "pt-br": "pt-BR"}
ANA = "+55 11 91234-5678"


@pytest.fixture
def origin(installation: Installation) -> str:
    """The running program's, for ``browse``."""
    return installation.origin


@pytest.fixture
def api(place: Place, engine: Engine) -> Iterator[ApiV2]:
    sectors.update_sector(place.desk.sector, by=place.desk.by(), active_messages=True)
    with ApiV2(engine, place.ticketer.sector) as made:
        yield made


@pytest.fixture(params=LANGUAGES)
def language(request: Any) -> Iterator[str]:
    """A language, in which ``words`` are looked up."""
    with translation.override(request.param):
        yield request.param


def words(text: str, **values: Any) -> str:
    """Return what the interface says in the language of the test."""
    return gettext(text) % values if values else gettext(text)


@pytest.fixture
def picture(language: str) -> Callable[[Page, str], None]:
    """Return a function that keeps a picture of a page, wide and narrow, if ``PICTURES`` names a folder."""

    def take(page: Page, name: str) -> None:
        folder = os.environ.get("PICTURES")
        if not folder:
            return
        for width, height in ((360, 740), (1366, 850)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(folder) / f"story-{name}-{language}-{width}.png", full_page=True)

    return take


def test_an_agent_writes_first(
    place: Place,
    api: ApiV2,
    engine: Engine,
    browse: Browse,
    language: str,
    picture: Callable[[Page, str], None],
) -> None:
    flow = api.add_flow("Lembrete", "Sua consulta é amanhã.")
    api.add_flow("Pesquisa")
    ana = api.add_contact("Ana Souza", "whatsapp:5511912345678")
    project = place.desk.project.pk
    options = {"locale": LANGUAGES[language]}

    admin = browse(in_language(place.desk.administrator, language), f"/projects/{project}/connect/", **options)
    an_administrator_connects_the_engine(admin, api)
    picture(admin, "engine")

    agent = browse(in_language(place.agent, language), f"/projects/{project}/desk/", **options)
    expect(agent.locator("body[data-live-state=open]")).to_be_attached()
    agent.get_by_role("link", name=words("New conversation")).first.click()
    agent.locator("#q").press_sequentially("ana")
    agent.get_by_role("radio", name="Ana Souza").check()
    agent.locator("#flow_q").press_sequentially("lemb")
    expect(agent.get_by_role("radio", name="Pesquisa")).to_have_count(0)
    agent.get_by_role("radio", name="Lembrete").check()
    expect(agent.get_by_text("Sua consulta é amanhã.")).to_be_visible()
    picture(agent, "new")
    api.run_after = None
    agent.get_by_role("button", name=words("Start conversation"), exact=True).click()
    expect(agent.get_by_text(words("Flow started")).first).to_be_visible()
    picture(agent, "started")

    # The flow hands over: the page goes on to the conversation by itself.
    [start] = api.starts
    api.run(start)
    agent.wait_for_url(f"**/projects/{project}/desk/*/")
    expect(agent.locator(".conversation__name")).to_have_text("Ana Souza")
    picture(agent, "conversation")
    room = Room.objects.get(project=project)
    assert (room.agent, str(room.pk)) == (place.agent, start.tickets[0].room)
    place.reply(start.tickets[0], "Posso ajudar?")
    wait_until_settled(engine, start.tickets[0])
    assert engine.handler.sent_to(ana.uuid) == ["Posso ajudar?"]

    somebody_in_a_conversation_is_not_written_to(agent, project, flow.uuid)
    picture(agent, "refused")
    several_people_are_written_to_at_once(agent, project, api)
    picture(agent, "several")
    agent.goto(f"/projects/{project}/conversations/")
    expect(agent.get_by_text("Ana Souza").first).to_be_visible()
    expect(agent.locator("li", has_text="Lembrete")).to_have_count(5)
    picture(agent, "log")


def in_language(user: User, language: str) -> User:
    User.objects.filter(pk=user.pk).update(language=language)
    return user


def an_administrator_connects_the_engine(admin: Page, api: ApiV2) -> None:
    admin.get_by_role("link", name=words("Active messages")).click()
    admin.locator("#id_address").fill(api.url.removesuffix("/api/v2"))
    admin.locator("#id_token").fill("0" * 40)
    admin.get_by_role("main").get_by_role("button").first.click()
    expect(admin.get_by_text(words("The engine does not accept this token.")).first).to_be_visible()
    admin.locator("#id_token").fill(api.token)
    admin.get_by_role("main").get_by_role("button").first.click()
    expect(admin.get_by_text(words("The engine is connected.")).first).to_be_visible()
    assert api.token not in admin.content()
    assert FlowEngine.objects.get(address=api.url).open_token() == api.token


def somebody_in_a_conversation_is_not_written_to(agent: Page, project: Any, flow: str) -> None:
    agent.goto(f"/projects/{project}/conversations/new/?q=ana&flow={flow}")
    agent.get_by_role("radio", name="Ana Souza").check()
    agent.get_by_role("button", name=words("Start conversation"), exact=True).click()
    expect(agent.get_by_text(words("This contact is in a conversation already."))).to_be_visible()


def several_people_are_written_to_at_once(agent: Page, project: Any, api: ApiV2) -> None:
    api.run_after = 0.2
    agent.goto(f"/projects/{project}/conversations/several/")
    agent.get_by_role("radio", name="Lembrete").check()
    write_to(agent, f"{ANA}, Ana\nRui\n+55 11 98888-7777, Rui\ntelegram:55")
    refused = words("Correct, remove or leave out the lines below. Nothing has been started yet.")
    expect(agent.get_by_text(refused).first).to_be_visible()
    write_to(agent, f"{ANA}, Ana\n+55 11 98888-7777, Rui\ntelegram:55")
    agent.get_by_role("main").get_by_role("button", name=words("Yes, start them")).click()
    expect(agent.get_by_text(words("Conversation opened"), exact=True)).to_have_count(2)
    until(agent, lambda: not Start.objects.filter(project=project, state__in=["queued", "sending"]).exists())


def write_to(agent: Page, people: str) -> None:
    """Paste a list and send it."""
    agent.locator("#id_people").fill(people)
    agent.get_by_role("main").get_by_role("button", name=words("Start conversations")).click()
