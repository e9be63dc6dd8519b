"""By which columns the history is ordered: forth and back, by an index, in the file as on the page."""

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.http import QueryDict

from core.pagination import PAGE
from orgs.access import Member
from orgs.models import Project
from reports.filters import Filters, Selection
from reports.forms import read
from tests.builders import Desk
from tickets.models import Ticket

Get = Callable[..., Any]
Who = Callable[[str], Member]

BOTH = pytest.mark.parametrize("counted", ["closed", "opened"])
ORDERS = {"newest": "-", "oldest": ""}


def listed(past: Project, counted: str, order: str) -> list[Any]:
    """Return the ids of what is listed, in a database's own order."""
    way = ORDERS[order]
    tickets = Ticket.objects.filter(project=past)
    if counted == "closed":
        tickets = tickets.closed()
    return list(tickets.order_by(f"{way}{counted}_at", f"{way}id").values_list("pk", flat=True))


@BOTH
@pytest.mark.parametrize("order", ORDERS)
def test_every_page_forth_and_back_in_the_order_asked_for(
    past: Project, member: Who, counted: str, order: str
) -> None:
    selection = Selection(member("admin"), Filters(counted=counted, order=order))
    # Tickets of one moment fall on both sides of a page's end.
    expected = listed(past, counted, order)
    same = Ticket.objects.filter(pk__in=expected[PAGE - 3 : PAGE + 3])
    same.update(**{f"{counted}_at": getattr(Ticket.objects.get(pk=expected[PAGE]), f"{counted}_at")})
    expected = listed(past, counted, order)
    found: list[Any] = []
    query: dict[str, str] = {}
    while True:
        page = selection.order.list_page(query, selection.listed())
        found += [ticket.pk for ticket in page.rows]
        if not page.older_url:
            break
        query = {name: value for name, [value] in parse_qs(page.older_url[1:]).items()}
    assert found == expected
    back = [ticket.pk for ticket in page.rows]
    while page.newer_url:
        query = {name: value for name, [value] in parse_qs(page.newer_url[1:]).items()}
        page = selection.order.list_page(query, selection.listed())
        back = [ticket.pk for ticket in page.rows] + back
    assert back == expected


def test_the_headers_lead_to_the_orders_and_say_which_one_it_is(past: Project, get: Get, member: Who) -> None:
    def sorts(query: str = "") -> dict[str, tuple[str, Filters]]:
        found = {}
        for name, column in get("admin", "reports:history", query=query).context["sorts"].items():
            filters, form = read(QueryDict(column.url[1:]), member("admin"))
            assert filters is not None, form.errors
            found[name] = (column.state, filters)
        return found

    assert sorts() == {"closed": ("descending", Filters(order="oldest")), "opened": ("", Filters(counted="opened"))}
    oldest = sorts("contact=a&order=oldest")
    assert oldest["closed"] == ("ascending", Filters(contact="a"))
    assert oldest["opened"] == ("", Filters(contact="a", counted="opened"))
    opened = sorts("counted=opened&order=oldest")
    assert opened["opened"] == ("ascending", Filters(counted="opened"))
    assert opened["closed"] == ("", Filters())
    body = get("admin", "reports:history", query="order=oldest").content.decode()
    assert body.count('aria-sort="ascending"') == 1
    assert "Closed tickets, oldest first." in body


def test_pages_of_the_oldest_first_keep_the_order_and_are_called_so(past: Project, get: Get) -> None:
    first = get("admin", "reports:history", query="order=oldest")
    assert "Next" in first.content.decode()
    assert "order=oldest" in first.context["older_url"]
    second = get("admin", "reports:history", query=first.context["older_url"][1:])
    assert [t.pk for t in second.context["tickets"]] == listed(past, "closed", "oldest")[PAGE : 2 * PAGE]
    again = get("admin", "reports:history", query=second.context["newer_url"][1:])
    assert [t.pk for t in again.context["tickets"]] == [t.pk for t in first.context["tickets"]]
    assert not again.context["newer_url"]


@BOTH
@pytest.mark.parametrize("order", ORDERS)
def test_the_file_has_the_order_of_the_page(past: Project, get: Get, counted: str, order: str) -> None:
    query = f"counted={counted}&order={order}"
    page = get("admin", "reports:history", query=query)
    assert page.context["csv_url"].partition("?")[2] == Filters(counted=counted, order=order).query()
    answer = get("admin", "reports:export_csv", query=query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    keys = [row["Ticket"] for row in csv.DictReader(io.StringIO(text))]
    assert keys == [str(pk) for pk in listed(past, counted, order)]


def test_an_order_that_is_none_is_refused_at_its_field(past: Project, get: Get) -> None:
    answer = get("admin", "reports:history", order="waiting_seconds")
    assert answer.status_code == 422
    assert "order" in answer.context["form"].errors


def test_filters_are_counted_as_people_count_them(past: Project, get: Get) -> None:
    def count(route: str, query: str) -> int:
        return get("admin", route, query=query).context["filter_count"]

    for query, expected in {
        "order=oldest&counted=opened": 0,
        "contact=a&from=2026-01-01&to=2026-12-31": 2,
        "only=answered&only=attended&weekday=0&hour=0": 4,
    }.items():
        assert count("reports:history", query) == expected, query
    # The period that the dashboard shows by itself is no filter.
    assert count("reports:dashboard", "") == 0
    assert count("reports:dashboard", "contact=a") == 1
    assert count("reports:dashboard", "contact=a&from=2026-01-01") == 2
    assert "Remove filters" not in get("admin", "reports:dashboard", query="order=oldest").content.decode()


@pytest.mark.django_db
def test_each_order_is_read_from_an_index_wherever_a_page_begins(desk: Desk) -> None:
    """Twenty thousand tickets: a page is found without sorting, and without reading those before it."""
    ticket = desk.closed_ticket()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_ticket
            SELECT (jsonb_populate_record(t, jsonb_build_object(
                'id', gen_random_uuid(), 'protocol', 'P' || n, 'external_id', NULL,
                'opened_at', t.opened_at - n * interval '1 minute', 'closed_at', t.closed_at - n * interval '1 minute'
            ))).* FROM tickets_ticket t, generate_series(1, 20000) n WHERE t.id = %s
            """,
            [ticket.pk],
        )
        cursor.execute("ANALYZE tickets_ticket")
    member = desk.member(desk.administrator)
    middle = Ticket.objects.get(protocol="P10000")
    for counted, index in {"closed": "ticket_history", "opened": "ticket_newest"}.items():
        for order in ORDERS:
            selection = Selection(member, Filters(counted=counted, order=order))
            key = selection.order.key_of(middle)
            for back in (False, True):
                for rows in (selection.listed(), selection.listed().filter(selection.order.beyond(key, back=back))):
                    plan = rows.order_by(*selection.order.order(back=back))[: PAGE + 1].explain(analyze=True)
                    assert f"using {index} " in plan or f"using {index}_" in plan, plan
                    assert "Sort" not in plan, plan
                    assert "Seq Scan on tickets_ticket" not in plan, plan
                    assert "Rows Removed by Filter" not in plan or _removed(plan) <= 2, plan
    Ticket.objects.filter(protocol__startswith="P").exclude(pk=ticket.pk)._raw_delete("default")


def _removed(plan: str) -> int:
    return max(int(line.rpartition(" ")[2]) for line in plan.splitlines() if "Rows Removed by Filter" in line)
