"""Starting conversations in a browser: searches keep what is chosen, a page tells how it goes, all without a script
too."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from active_messages import operations
from active_messages.models import FlowEngine, Refusal, Start, StartState
from core.encryption import encrypt
from tests.browsing import Browse
from tests.builders import Desk, start_of
from tests.engine.api_v2 import ApiV2

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def api(desk: Desk) -> Iterator[ApiV2]:
    """An engine with flows and contacts, connected to the desk's project; the desk's sector has active messages."""
    desk.sector.active_messages = True
    desk.sector.save()
    with ApiV2() as api:
        api.add_flow("Plan ends", "Your plan ends soon.", "Shall we talk?")
        for number in range(25):
            api.add_flow(f"Campaign {number}", "Hello")
        for number, name in enumerate(("Maria Santos", "Marcos Lima", "Joana Reis")):
            api.add_contact(name, f"whatsapp:551191234560{number}")
        FlowEngine.objects.create(project=desk.project, address=api.url, token=encrypt(api.token))
        yield api


def test_while_searching_on_what_is_chosen_stays(desk: Desk, api: ApiV2, browse: Browse) -> None:
    page = browse(desk.agent_online(), reverse("active_messages:new", args=[desk.project.pk]))
    people, flows = page.locator("#people-said"), page.locator("#flows-said")
    expect(flows).to_have_text("26 flows · 6 more are not listed: type part of the name")
    search = page.get_by_label("Name, phone number or address")
    search.press_sequentially("ma")
    expect(people).to_have_text("Type at least three characters.")
    search.press_sequentially("r")
    expect(people).to_have_text("2 found")
    page.get_by_role("radio", name="Marcos Lima").check()
    search.fill("+55 11 97654-3210")
    expect(page.get_by_role("radio", name="+5511976543210")).not_to_be_checked()
    expect(page.get_by_role("radio", name="Marcos Lima")).to_be_checked()
    page.get_by_label("Name of the flow").fill("plan")
    expect(flows).to_have_text("1 flow found")
    page.get_by_role("radio", name="Plan ends").check()
    expect(page.get_by_text("Shall we talk?")).to_be_visible()
    page.get_by_role("button", name="Start conversation").click()
    page.wait_for_url("**/conversations/*-*/")
    expect(page.get_by_role("heading", name="Marcos Lima")).to_be_visible()
    assert [start.urn for start in Start.objects.all()] == ["whatsapp:5511912345601"]


def test_without_a_script_searches_keep_it_too_and_never_carry_the_token(
    desk: Desk, api: ApiV2, browse: Browse
) -> None:
    address = reverse("active_messages:new", args=[desk.project.pk])
    page = browse(desk.agent_online(), address, java_script_enabled=False)
    page.fill("#q", "mar")
    page.locator("main").get_by_role("button", name="Search for people").click()
    page.get_by_role("radio", name="Maria Santos").check()
    page.fill("#flow_q", "plan")
    page.locator("#flow_q").press("Enter")
    page.wait_for_url("**flow_q=plan**")
    assert "csrf" not in page.url
    expect(page.get_by_role("radio", name="Maria Santos")).to_be_checked()
    page.get_by_role("radio", name="Plan ends").check()
    page.locator("#flow_q").press("Enter")
    expect(page.get_by_text("Shall we talk?")).to_be_visible()
    page.get_by_role("button", name="Start conversation").click()
    expect(page.get_by_role("heading", name="Maria Santos")).to_be_visible()


def test_a_list_that_can_not_be_read_stays_as_it_was_typed(desk: Desk, api: ApiV2, browse: Browse) -> None:
    page = browse(desk.agent_online(), reverse("active_messages:several", args=[desk.project.pk]))
    page.get_by_role("textbox", name="To whom").fill("+5511912345678, Maria\nsomebody")
    page.get_by_role("radio", name="Campaign 24").check()
    page.get_by_role("button", name="Start conversations").click()
    expect(page.get_by_role("heading", name="1 line can’t be read")).to_be_visible()
    expect(page.get_by_role("textbox", name="To whom")).to_have_value("+5511912345678, Maria\nsomebody")
    expect(page.get_by_role("radio", name="Campaign 24")).to_be_checked()
    assert not Start.objects.exists()
    page.get_by_role("textbox", name="To whom").fill("+5511912345678, Maria\n+5511912345679")
    page.get_by_role("button", name="Start conversations").click()
    expect(page.get_by_text("Start 2 conversations?")).to_be_visible()
    page.get_by_role("button", name="Yes, start them").click()
    expect(page.locator("#batch-done")).to_have_text("0 of 2 sent")
    Start.objects.update(state=StartState.STARTED)
    expect(page.locator("#batch-done")).to_have_text("2 of 2 sent")
    expect(page.locator("#batch-poll")).to_have_count(0)


def test_whoever_waits_is_led_to_the_conversation_once_it_comes(desk: Desk, browse: Browse) -> None:
    agent = desk.agent_online()
    start = start_of(desk, agent, state=StartState.STARTED)
    waiting = reverse("active_messages:batch", args=[desk.project.pk, start.batch])
    page = browse(agent, waiting)
    expect(page.get_by_text("As soon as it hands over, the conversation opens here.")).to_be_visible()
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    ticket = desk.open_ticket(wanted_agent=agent)
    with transaction.atomic():
        operations.note_opened(start.pk, ticket, now=timezone.now())
    page.wait_for_url(f"**/desk/{ticket.pk}/")
    # Who comes back to it stays.
    page.goto(waiting)
    expect(page.locator("body[data-live-state=open]")).to_be_attached()
    page.wait_for_timeout(500)
    assert page.url.endswith(waiting)
    page.get_by_role("link", name="Open").click()
    page.wait_for_url(f"**/desk/{ticket.pk}/")


def test_what_can_not_be_started_again_says_what_to_do(desk: Desk, api: ApiV2, browse: Browse) -> None:
    agent = desk.agent_online()
    start = start_of(desk, agent, state=StartState.STARTED)
    Start.objects.update(state=StartState.REFUSED, refusal=Refusal.UNREACHABLE)
    page = browse(agent, reverse("active_messages:batch", args=[desk.project.pk, start.batch]))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The engine does not have this flow any more.")).to_be_visible()
    assert Start.objects.count() == 1
