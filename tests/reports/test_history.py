"""History: who sees what, each filter, pages, what stands on a ticket's page."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.pagination import PAGE
from orgs.access import Member
from orgs.models import Project, User
from queues.models import Queue
from reports.filters import Filters, Selection
from sectors.models import Sector
from tags.models import Tag
from tests.builders import Desk
from tickets.models import Assignment, Message, Ticket

Get = Callable[..., Any]
Who = Callable[[str], Member]


def sector(past: Project, name: str) -> Sector:
    return Sector.objects.get(project=past, name=name)


def closed(member: Member, **filters: Any) -> list[Ticket]:
    return list(Selection(member, Filters(**filters)).closed())


def all_pages(member: Member, **filters: Any) -> list[Ticket]:
    """Return what is listed, page after page."""
    selection = Selection(member, Filters(**filters))
    found: list[Ticket] = []
    query: dict[str, str] = {}
    while True:
        one = selection.order.list_page(query, selection.closed())
        found += one.rows
        if not one.older_url:
            return found
        query = {name: value for name, [value] in parse_qs(one.older_url[1:]).items()}


# Who sees what


def test_an_administrator_sees_every_closed_ticket(past: Project, member: Who) -> None:
    assert len(closed(member("admin"))) == 500
    assert len(closed(member("editor"))) == 500


def test_a_manager_sees_the_sectors_managed(past: Project, member: Who) -> None:
    found = closed(member("manager.suporte"))
    assert found
    assert {t.sector.name for t in found} == {"Suporte", "Entregas"}


def test_a_manager_of_another_sector_sees_none_of_it(past: Project, member: Who, get: Get) -> None:
    of_ventas = closed(member("admin"), sector=sector(past, "Ventas").pk)
    manager = member("manager.suporte")
    attended = set(Assignment.objects.filter(agent=manager.user).values_list("ticket", flat=True))
    hidden = next(t for t in of_ventas if t.pk not in attended)
    assert hidden not in closed(manager)
    assert get("manager.suporte", "reports:ticket", hidden.pk).status_code == 404
    answer = get("manager.suporte", "reports:history", sector=sector(past, "Ventas").pk)
    assert answer.status_code == 422
    assert hidden.protocol not in answer.content.decode()


def test_an_agent_sees_the_tickets_attended_at_some_time(past: Project, member: Who, get: Get) -> None:
    agent = member("agent4")
    mine = set(Assignment.objects.filter(agent=agent.user).values_list("ticket", flat=True))
    assert mine
    assert {t.pk for t in closed(agent)} == mine
    other = Ticket.objects.filter(project=past).exclude(pk__in=mine)[0]
    assert get("agent4", "reports:ticket", other.pk).status_code == 404


def test_a_viewer_is_refused_and_a_stranger_finds_nothing(past: Project, get: Get) -> None:
    assert get("viewer", "reports:history").status_code == 403
    stranger = User.objects.create_user("stranger@example.org")
    assert get("stranger", "reports:history").status_code == 404
    assert get("stranger", "reports:dashboard").status_code == 404
    stranger.delete()


# Filters


def test_tags_any_and_all(past: Project, member: Who) -> None:
    admin, place = member("admin"), sector(past, "Suporte")
    one, two = Tag.objects.filter(sector=place).order_by("position")[:2]
    any_of = closed(admin, tags=(one.pk, two.pk))
    assert any_of
    assert all({t.pk for t in ticket.tags.all()} & {one.pk, two.pk} for ticket in any_of)
    both = closed(admin, tags=(one.pk, two.pk), match="all")
    assert {t.pk for t in both} == {t.pk for t in any_of if {one.pk, two.pk} <= {x.pk for x in t.tags.all()}}
    expected = Ticket.objects.closed().filter(project=past, tags__in=[one, two]).distinct().count()
    assert len(any_of) == expected


def test_sector_queue_and_agent(past: Project, member: Who) -> None:
    admin = member("admin")
    queue = Queue.objects.get(sector__project=past, name="Técnico")
    found = closed(admin, sector=queue.sector_id, queue=queue.pk)
    assert found
    assert {t.queue_id for t in found} == {queue.pk}
    agent = User.objects.get(email="agent4@example.org")
    assert {t.agent_id for t in closed(admin, agent=agent.pk)} == {agent.pk}
    had = {t.pk for t in closed(admin, with_agents=(agent.pk,))}
    assert had == set(Assignment.objects.filter(agent=agent).values_list("ticket", flat=True))


def test_days_are_those_of_the_tickets_sector(past: Project, member: Who) -> None:
    admin = member("admin")
    everything = closed(admin)
    day = everything[100].closed_at.astimezone(ZoneInfo(everything[100].sector.timezone)).date()
    expected = {t.pk for t in everything if t.closed_at.astimezone(ZoneInfo(t.sector.timezone)).date() == day}
    assert {t.pk for t in closed(admin, start=day, end=day)} == expected
    before = {t.pk for t in closed(admin, end=day - timedelta(days=1))}
    after = {t.pk for t in closed(admin, start=day + timedelta(days=1))}
    assert before | expected | after == {t.pk for t in everything}
    assert not (before & expected or expected & after)


def test_contact_by_part_of_the_name_whatever_its_case_and_accents(past: Project, member: Who) -> None:
    ticket = closed(member("admin"))[0]
    ticket.contact.name = "Ção Contact"
    ticket.contact.save()
    assert ticket.pk in {t.pk for t in closed(member("admin"), contact="cao CON")}


def test_contact_by_urn_but_never_that_of_an_anonymous_ticket(past: Project, member: Who, get: Get) -> None:
    admin = member("admin")
    hidden = Ticket.objects.filter(project=past, is_anon=True).first()
    assert hidden is not None
    found = {t.pk for t in closed(admin, contact=hidden.contact.urn)}
    assert hidden.pk not in found
    page = get("admin", "reports:ticket", hidden.pk).content.decode()
    assert hidden.contact.urn not in page
    open_one = Ticket.objects.filter(project=past, is_anon=False)[0]
    assert open_one.pk in {t.pk for t in closed(admin, contact=open_one.contact.urn[-7:])}
    assert open_one.contact.urn in get("admin", "reports:ticket", open_one.pk).content.decode()


def test_protocol_and_words_of_the_conversation(past: Project, member: Who) -> None:
    admin = member("admin")
    ticket = closed(admin)[5]
    assert [t.pk for t in closed(admin, protocol=ticket.protocol.lower())] == [ticket.pk]
    found = {t.pk for t in closed(admin, text="SENHA")}
    expected = set(
        Message.objects.filter(ticket__project=past, text__icontains="senha").values_list("ticket", flat=True)
    )
    assert found == expected
    assert found


@pytest.mark.parametrize("only", ["abandoned", "attended", "answered", "unanswered", "transferred", "flow", "nobody"])
def test_what_a_number_stands_for(past: Project, member: Who, only: str) -> None:
    tests: dict[str, Callable[[Ticket], bool]] = {
        "abandoned": lambda t: not t.assignments.exists(),
        "attended": lambda t: t.assignments.exists(),
        "answered": lambda t: t.messages.filter(kind="agent").exists(),
        "unanswered": lambda t: not t.messages.filter(kind="agent").exists(),
        "transferred": lambda t: t.transfer_count > 0,
        "flow": lambda t: t.closed_by_flow,
        "nobody": lambda t: t.agent_id is None,
    }
    everything = Ticket.objects.closed().filter(project=past)
    assert {t.pk for t in closed(member("admin"), only=(only,))} == {t.pk for t in everything if tests[only](t)}


# Pages


def test_pages_by_key_lose_nothing_and_repeat_nothing(past: Project, member: Who) -> None:
    everything = [t.pk for t in Ticket.objects.closed().filter(project=past).order_by("-closed_at", "-id")]
    # Tickets closed at one moment fall on both sides of a page's end.
    same = Ticket.objects.get(pk=everything[PAGE]).closed_at
    Ticket.objects.filter(pk__in=everything[PAGE - 5 : PAGE + 5]).update(closed_at=same)
    found = [t.pk for t in all_pages(member("admin"))]
    assert len(found) == len(set(found)) == 500
    assert set(found) == set(everything)


def test_newer_and_older_lead_back_and_forth(past: Project, get: Get) -> None:
    first = get("admin", "reports:history")
    second = get("admin", "reports:history", query=first.context["older_url"][1:])
    again = get("admin", "reports:history", query=second.context["newer_url"][1:])
    assert not first.context["newer_url"]
    assert [t.pk for t in again.context["tickets"]] == [t.pk for t in first.context["tickets"]]
    assert not again.context["newer_url"]
    assert {t.pk for t in second.context["tickets"]}.isdisjoint(t.pk for t in first.context["tickets"])


def test_filters_stay_in_the_address_of_the_next_page(past: Project, get: Get) -> None:
    pk = sector(past, "Suporte").pk
    first = get("admin", "reports:history", sector=pk)
    query = parse_qs(urlparse(first.context["older_url"]).query)
    assert query["sector"] == [str(pk)]
    second = get("admin", "reports:history", query=first.context["older_url"][1:])
    assert {t.sector_id for t in second.context["tickets"]} == {pk}


def test_the_list_asks_as_many_questions_for_fifty_rows_as_for_one(past: Project, get: Get) -> None:
    ticket = Ticket.objects.closed().filter(project=past)[0]
    get("admin", "reports:history")
    with CaptureQueriesContext(connection) as many:
        get("admin", "reports:history")
    with CaptureQueriesContext(connection) as one:
        get("admin", "reports:history", protocol=ticket.protocol)
    assert len(many) == len(one)
    assert len(many) < 40


# A ticket


def test_a_ticket_is_read_as_it_happened(past: Project, get: Get) -> None:
    ticket = Ticket.objects.filter(project=past, transfer_count__gt=0, messages__kind="note").first()
    assert ticket is not None
    answer = get("admin", "reports:ticket", ticket.pk)
    numbers = [line.number for line in answer.context["lines"]]
    assert numbers == list(range(1, ticket.line_count + 1))
    body = answer.content.decode()
    assert "transferred the ticket" in body or "took the ticket over" in body
    assert "message--note" in body
    for tag in ticket.tags.all():
        assert tag.name in body


@pytest.mark.django_db
def test_it_says_why_this_agent_had_it_as_the_desk_does(desk: Desk) -> None:
    from django.test import Client
    from django.urls import reverse

    agent = desk.agent_online()
    attended, waiting = desk.open_ticket(), desk.open_ticket(queue=desk.add_queue())
    client = Client()

    def told(user: User, route: str, ticket: Ticket) -> str:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        body = client.get(reverse(route, args=[desk.project.pk, ticket.pk])).content.decode()
        found = re.search(r"<details[^>]* data-why-agent>(.*?)</details>", body, re.DOTALL)
        return found[1] if found else ""

    for _ in ("while the agent has it", "when it is closed"):
        for user in (agent, desk.manager(), desk.administrator):
            why = told(user, "reports:ticket", attended)
            assert f"{agent.name} was the only one of the queue who was online and had room." in why
            assert why == told(user, "tickets:ticket", attended)
        desk.close(attended)
    assert told(desk.administrator, "reports:ticket", waiting) == ""


@pytest.mark.django_db
def test_a_long_conversation_is_read_in_parts(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    for n in range(210):
        desk.message(ticket, f"line {n}")
    desk.reply(ticket, agent)
    desk.close(ticket, by=agent)
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(desk.administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("reports:ticket", args=[desk.project.pk, ticket.pk])
    seen: list[int] = []
    after: object = 0
    while after is not None:
        answer = client.get(url, {"after": str(after)})
        seen += [line.number for line in answer.context["lines"]]
        after = answer.context["more_after"]
    assert seen == list(range(1, 215))


@pytest.mark.django_db
def test_an_empty_history_says_what_will_be_there(desk: Desk) -> None:
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(desk.administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse("reports:history", args=[desk.project.pk]))
    assert "Nothing closed yet" in answer.content.decode()
    answer = client.get(reverse("reports:history", args=[desk.project.pk]), {"text": "nothing like it"})
    assert "No tickets match" in answer.content.decode()
