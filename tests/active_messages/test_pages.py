"""The pages of active messages, without a browser (docs/rules.md, Active messages)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from active_messages import operations
from active_messages.models import FlowEngine, Start
from active_messages.people import Person
from orgs.models import User
from sectors import operations as sectors
from tests.builders import Desk
from tests.engine.api_v2 import ApiV2, Fault
from tests.flow import engine_for
from tests.pages import NASTY, Pages, said, text_of
from tests.tickets.tools import run_worker
from tickets.models import Ticket

from .conftest import NUMBER, Starting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(starting: Starting) -> Pages:
    return Pages(starting.agent, starting.desk.project)


def admin_pages(desk: Desk) -> Pages:
    return Pages(desk.administrator, desk.project)


# Connecting


def test_an_administrator_connects_the_engine(desk: Desk, api: ApiV2) -> None:
    pages = admin_pages(desk)
    assert "API token" in text_of(pages.get("active_messages:engine"))
    form = {"starters": "managers", "number_scheme": "tel", "hourly_limit": "20"}
    refused = pages.post("active_messages:engine", address=api.url, token="of nobody", **form)
    assert refused.status_code == 422
    assert "does not accept this token" in text_of(refused)
    assert api.url in refused.content.decode()
    assert "of nobody" not in refused.content.decode()
    saved = pages.post("active_messages:engine", address=api.url, token=api.token, **form)
    assert (saved.status_code, said(saved)) == (302, ["The engine is connected."])
    shown = pages.get("active_messages:engine").content.decode()
    assert api.token not in shown
    assert "One is stored" in shown
    row = FlowEngine.objects.get()
    assert (row.starters, row.number_scheme, row.hourly_limit) == ("managers", "tel", 20)
    pages.post("active_messages:disconnect")
    assert not FlowEngine.objects.exists()


@pytest.mark.parametrize("field", ["address", "token", "starters", "number_scheme", "hourly_limit"])
def test_nothing_typed_breaks_the_form_of_the_engine(desk: Desk, api: ApiV2, field: str) -> None:
    pages = admin_pages(desk)
    form = {
        "address": api.url, "token": api.token, "starters": "agents", "number_scheme": "tel", "hourly_limit": "20"
    }  # fmt: skip
    for nasty in NASTY:
        assert pages.post("active_messages:engine", **{**form, field: nasty}).status_code in (302, 422), nasty[:20]


# Starting


def test_without_an_engine_or_a_sector_the_page_says_what_to_do(desk: Desk, api: ApiV2) -> None:
    agent = desk.agent()
    assert "administrator" in text_of(Pages(agent, desk.project).get("active_messages:new"))
    assert (
        admin_pages(desk).url("active_messages:engine")
        in admin_pages(desk).get("active_messages:new").content.decode()
    )
    operations.connect_engine(desk.project, by=desk.by(), address=api.url, token=api.token)
    for page in ("active_messages:new", "active_messages:several"):
        assert "sector" in text_of(Pages(agent, desk.project).get(page))
        assert Pages(agent, desk.project).post(page, person="urn:telegram:1").status_code == 200
    assert not Start.objects.exists()


def test_who_may_not_start_gets_no_page(starting: Starting) -> None:
    FlowEngine.objects.update(starters="managers")
    pages = Pages(starting.agent, starting.desk.project)
    for page in ("new", "several", "people", "flows", "preview"):
        assert pages.get(f"active_messages:{page}").status_code == 403
    for page in ("new", "several"):
        assert pages.post(f"active_messages:{page}").status_code == 403
    assert pages.get("active_messages:log").status_code == 200


def test_a_conversation_is_started(starting: Starting, pages: Pages) -> None:
    ana = starting.api.add_contact("Ana", NUMBER)
    page = pages.get("active_messages:new", q="Ana")
    assert f'value="engine:{ana.uuid}"' in page.content.decode()
    assert "Reminder" in text_of(page)
    answer = pages.post(
        "active_messages:new", person=f"engine:{ana.uuid}", flow=starting.flow.uuid, sector=starting.desk.sector.pk
    )
    [start] = Start.objects.all()
    assert answer.url == pages.url("active_messages:batch", start.batch)
    assert "Queued" in text_of(pages.get("active_messages:batch", start.batch))
    run_worker()
    assert "Flow started" in text_of(pages.get("active_messages:batch", start.batch))


def test_the_page_goes_on_to_the_conversation(starting: Starting, pages: Pages) -> None:
    ana = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.sent(ana)
    rows = pages.url("active_messages:batch_rows", start.batch)
    assert "HX-Redirect" not in pages.client.get(rows, headers={"HX-Request": "true"}).headers
    room = engine_for(starting.desk).open(**starting.opened_room(contact=ana)).json()["uuid"]
    answer = pages.client.get(rows, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == pages.url("tickets:ticket", room)
    # Who merely looks on stays.
    other = admin_pages(starting.desk).client.get(rows, headers={"HX-Request": "true"})
    assert "HX-Redirect" not in other.headers
    assert "Conversation opened" in text_of(other)


def test_a_refused_form_keeps_what_was_chosen(starting: Starting, pages: Pages) -> None:
    answer = pages.post(
        "active_messages:new", q="+55 11 91234-5678", person=f"urn:{NUMBER}", flow="", sector=starting.desk.sector.pk
    )
    assert answer.status_code == 422
    assert "Choose a flow." in text_of(answer)
    assert re.search(rf'value="urn:{NUMBER}"[^>]*checked', answer.content.decode())
    answer = pages.post("active_messages:new", person="", flow=starting.flow.uuid, sector=starting.desk.sector.pk)
    assert "Choose to whom to write." in text_of(answer)
    assert re.search(rf'value="{starting.flow.uuid}"[^>]*checked', answer.content.decode())


@pytest.mark.parametrize("field", ["person", "flow", "sector", "q", "flow_q"])
def test_nothing_typed_breaks_the_form(starting: Starting, pages: Pages, field: str) -> None:
    form = {"person": f"urn:{NUMBER}", "flow": "no such", "sector": str(starting.desk.sector.pk)}
    for nasty in NASTY:
        assert pages.post("active_messages:new", **{**form, field: nasty}).status_code == 422, nasty[:20]
        if len(nasty) < 1000:
            assert pages.get("active_messages:new", **{field: nasty}).status_code == 200
            for part in ("people", "flows", "preview"):
                assert pages.get(f"active_messages:{part}", **{field: nasty}).status_code == 200


def test_from_a_contact_the_page_opens_with_them_chosen(starting: Starting, pages: Pages) -> None:
    ana = starting.api.add_contact("Ana", NUMBER)
    room = engine_for(starting.desk).open(**{**starting.opened_room(contact=ana), "flow_uuid": ""}).json()["uuid"]
    ticket = Ticket.objects.get(pk=room)
    starting.desk.close(ticket)
    page = pages.get("active_messages:new", contact=ticket.contact_id)
    assert re.search(rf'value="contact:{ticket.contact_id}"[^>]*checked', page.content.decode())
    other = Pages(starting.desk.agent_online(), starting.desk.project)
    page = other.get("active_messages:new", contact=ticket.contact_id)
    assert (page.status_code, "Ana" in text_of(page)) == (200, False)


def test_what_the_flow_sends_is_shown_where_the_engine_tells(starting: Starting, pages: Pages) -> None:
    page = pages.get("active_messages:preview", flow=starting.flow.uuid)
    assert "Your appointment is tomorrow." in text_of(page)
    starting.api.has_definitions = False
    assert "does not tell" in text_of(pages.get("active_messages:preview", flow=starting.flow.uuid))


def test_an_engine_that_is_away_leaves_the_page_standing(starting: Starting, pages: Pages) -> None:
    starting.api.fail(Fault.ERROR)
    page = pages.get("active_messages:new", q="Ana")
    assert page.status_code == 200
    assert text_of(page).count("The engine does not answer.") >= 1
    answer = pages.post("active_messages:new", person=f"urn:{NUMBER}", flow="x", sector=starting.desk.sector.pk)
    assert answer.status_code == 422


def test_several_are_started_from_a_list_once_their_number_is_confirmed(starting: Starting, pages: Pages) -> None:
    form = {"flow": starting.flow.uuid, "sector": str(starting.desk.sector.pk)}
    text = "+5511912345678, Ana\nnobody\ntelegram:5\n5511912345678\n"
    refused = pages.post("active_messages:several", people=text, **form)
    assert refused.status_code == 422
    assert text in refused.content.decode()
    assert "Nothing has been started yet." in text_of(refused)
    # Leaving out what can't be read; then the number of people is asked about.
    asked = pages.post("active_messages:several", people=text, left_out="1", **form)
    assert asked.status_code == 200
    assert "Start 2 conversations?" in text_of(asked)
    assert "1 line names somebody again" in text_of(asked)
    assert "500 more in this hour" in text_of(asked)
    # Another list than the one that was asked about.
    asked = pages.post("active_messages:several", people="telegram:5", confirmed="2", **form)
    assert "Start 1 conversation?" in text_of(asked)
    assert not Start.objects.exists()
    answer = pages.post("active_messages:several", people=text, left_out="1", confirmed="2", **form)
    run_worker()
    page = pages.client.get(answer.url)
    assert [row.start.label for row in page.context["rows"]] == ["Ana", "5"]
    assert (page.context["total"], page.context["done"]) == (2, 2)
    assert text_of(page).count("Flow started") >= 2


def test_all_that_is_wrong_with_a_list_is_said_at_once(starting: Starting, pages: Pages) -> None:
    page = pages.post("active_messages:several", people="nobody", flow="", sector=str(starting.desk.sector.pk))
    assert "Line 1" in text_of(page)
    assert "Choose a flow." in text_of(page)


@pytest.mark.parametrize(
    ("status", "words"), [("offline", "You are not online."), ("paused", "You are not online."), ("online", "")]
)
def test_it_says_before_that_the_conversation_goes_to_somebody_else(
    starting: Starting, pages: Pages, status: str, words: str
) -> None:
    starting.desk.status(starting.agent, status, **({"reason": "Lunch"} if status == "paused" else {}))
    for page in ("active_messages:new", "active_messages:several"):
        assert ("You are not online." in text_of(pages.get(page))) is bool(words)
    starting.desk.status(starting.agent, "online")
    starting.desk.limit(1)
    starting.desk.open_ticket()
    assert "You have no free place." in text_of(pages.get("active_messages:new"))
    manager = Pages(starting.desk.manager(), starting.desk.project)
    assert "You are on no queue." in text_of(manager.get("active_messages:new"))


def test_it_says_afterwards_with_whom_the_conversation_is(starting: Starting, pages: Pages) -> None:
    ana = starting.api.add_contact("Ana", NUMBER)
    [start] = starting.sent(ana)
    starting.desk.status(starting.agent, "offline")
    other = starting.desk.agent_online()
    engine_for(starting.desk).open(**starting.opened_room(contact=ana))
    assert "it went to another agent" in text_of(pages.get("active_messages:batch", start.batch))
    manager = Pages(starting.desk.manager(), starting.desk.project)
    assert f"It is with {other.name}." in text_of(manager.get("active_messages:batch", start.batch))


def test_who_has_no_sector_with_active_messages_does_not_search_the_engine(starting: Starting) -> None:
    other = starting.desk.agent(starting.desk.add_queue(sector=starting.desk.add_sector()))
    pages = Pages(other, starting.desk.project)
    for page in ("people", "flows", "preview"):
        assert pages.get(f"active_messages:{page}", q="Ana", flow_q="a", flow=starting.flow.uuid).status_code == 403
    assert not [asked for asked in starting.api.requests if asked.path == "contacts.json"]


def test_two_hundred_at_most(starting: Starting, pages: Pages) -> None:
    form = {"flow": starting.flow.uuid, "sector": str(starting.desk.sector.pk)}
    many = "\n".join(f"telegram:{n}" for n in range(201))
    refused = pages.post("active_messages:several", people=many, **form)
    assert (refused.status_code, "At most 200" in text_of(refused)) == (422, True)
    fewer = many.rsplit("\n", 1)[0]
    assert pages.post("active_messages:several", people=fewer, confirmed="200", **form).status_code == 302
    assert Start.objects.count() == 200


@pytest.mark.parametrize("field", ["people", "flow", "sector"])
def test_nothing_pasted_breaks_the_list(starting: Starting, pages: Pages, field: str) -> None:
    form = {"people": "telegram:1", "flow": "no such", "sector": str(starting.desk.sector.pk)}
    for nasty in NASTY:
        assert pages.post("active_messages:several", **{**form, field: nasty}).status_code == 422, nasty[:20]


def test_what_failed_is_started_again_by_who_started_it(starting: Starting, pages: Pages) -> None:
    [start] = starting.sent(Person(urn="telegram:not a number"))
    assert "Invalid URN" in text_of(pages.get("active_messages:batch", start.batch))
    other = admin_pages(starting.desk)
    assert other.post("active_messages:again", start.pk).status_code == 404
    answer = pages.post("active_messages:again", start.pk)
    assert Start.objects.count() == 2
    assert answer.url == pages.url("active_messages:batch", Start.objects.latest("created_at").batch)


# The log


def test_the_log_shows_what_one_may_see(starting: Starting, pages: Pages) -> None:
    desk = starting.desk
    sector = desk.add_sector(active_messages=True)
    manager = desk.manager()
    starting.start(Person(urn="telegram:1"))
    starting.start(Person(urn="telegram:2"), by=desk.administrator)
    starting.start(Person(urn="telegram:3"), by=desk.administrator, sector=sector)
    shown = {
        "agent": ["1"], "manager": ["1", "2"], "administrator": ["1", "2", "3"], "other": []
    }  # fmt: skip
    users = {"agent": starting.agent, "manager": manager, "administrator": desk.administrator, "other": desk.agent()}
    for who, user in users.items():
        assert sorted(labels(user, desk)) == shown[who], who
        for start in Start.objects.all():
            page = Pages(user, desk.project).get("active_messages:batch", start.batch)
            assert page.status_code == (200 if start.label in shown[who] else 404)


def labels(user: User, desk: Desk, **query: Any) -> list[str]:
    response = Pages(user, desk.project).get("active_messages:log", **query)
    assert response.status_code == 200, text_of(response)
    return [row.start.label for row in response.context["rows"]]


def test_the_log_is_filtered(starting: Starting) -> None:
    desk = starting.desk
    starting.sent(Person(urn="telegram:not a number"))
    starting.sent(Person(urn="telegram:2"), by=desk.administrator)
    starting.start(Person(urn="telegram:3"))
    Start.objects.filter(urn="telegram:3").update(created_at=timezone.now() - timedelta(days=40))
    user = desk.administrator
    assert labels(user, desk, state="refused") == ["not a number"]
    assert labels(user, desk, by=str(desk.administrator.pk)) == ["2"]
    today = timezone.now().date()
    assert len(labels(user, desk, **{"from": str(today - timedelta(days=1))})) == 2
    assert labels(user, desk, to=str(today - timedelta(days=20))) == ["3"]
    assert labels(user, desk, state="unclear") == []


def test_an_unknown_filter_is_refused_in_words(starting: Starting) -> None:
    pages = admin_pages(starting.desk)
    for query in ({"state": "lost"}, {"by": "nobody"}, {"from": "yesterday"}, {"before": "nonsense"}):
        assert pages.get("active_messages:log", **query).status_code == 422
    for nasty in NASTY:
        if len(nasty) < 1000:
            assert pages.get("active_messages:log", state=nasty, by=nasty).status_code in (200, 422)


def test_the_log_goes_on_by_key_in_a_bounded_number_of_queries(starting: Starting) -> None:
    pages = admin_pages(starting.desk)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert pages.get("active_messages:log").status_code == 200
        return len(counted)

    starting.start(*(Person(urn=f"telegram:{n}") for n in range(1, 5)))
    pages.get("active_messages:log")
    few = queries()
    starting.start(*(Person(urn=f"telegram:{n}") for n in range(5, 120)))
    assert queries() == few
    first = pages.get("active_messages:log")
    assert len(first.context["rows"]) == 50
    second = pages.client.get(first.wsgi_request.path + first.context["older_url"])
    seen = [row.start.pk for row in [*first.context["rows"], *second.context["rows"]]]
    assert len(set(seen)) == 100


def test_a_sector_that_is_switched_off_leaves_its_log(starting: Starting) -> None:
    starting.start(Person(urn="telegram:1"))
    sectors.update_sector(starting.desk.sector, by=starting.desk.by(), active_messages=False)
    assert labels(starting.agent, starting.desk) == ["1"]


def test_a_conversation_in_the_way_is_linked_for_who_may_see_it(starting: Starting, pages: Pages) -> None:
    ticket = starting.desk.open_ticket()
    batch = starting.start(Person(ticket.contact, urn=NUMBER))[0].batch
    link = pages.url("tickets:ticket", ticket.pk)
    assert link in pages.get("active_messages:batch", batch).content.decode()


def test_the_log_is_found_from_the_history_where_something_was_started(starting: Starting) -> None:
    manager = Pages(starting.desk.manager(), starting.desk.project)
    link = manager.url("active_messages:log")
    assert link not in manager.get("reports:history").content.decode()
    starting.start(Person(urn=NUMBER))
    assert link in manager.get("reports:history").content.decode()
