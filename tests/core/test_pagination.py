"""One keyset for every list: any order, in both directions, by keys that survive an address."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone

from core.errors import Invalid
from core.pagination import Keyset, ListPage
from queues.models import Queue
from tests.builders import Desk

ORDERS = [
    Keyset("id"),
    Keyset("-id"),
    Keyset("position", "name", "id"),
    Keyset("-position", "name", "-id"),
    Keyset("archived_at", "id", nullable=["archived_at"]),
    Keyset("-archived_at", "-id", nullable=["archived_at"]),
    Keyset("sector__name", "-id"),
]


@pytest.fixture
def rows(desk: Desk) -> Any:
    """Queues of which several share a position, and some are archived at the same moment."""
    now = timezone.now()
    Queue.objects.bulk_create(
        Queue(sector=desk.sector, name=f"Line, {n:02}|ß", position=n // 4, archived_at=[None, now, None][n % 3])
        for n in range(20)
    )
    return Queue.objects.filter(sector=desk.sector).select_related("sector")


@pytest.mark.parametrize("keyset", ORDERS, ids=lambda keyset: ",".join(keyset.ordering))
@pytest.mark.parametrize("size", [1, 3, 21, 50])
def test_pages_in_both_directions_hold_each_row_once_in_its_order(keyset: Keyset, size: int, rows: Any) -> None:
    expected = list(rows.order_by(*keyset.order()))
    onward = walk(keyset, rows, size, {}, "older_url")
    assert [row for page in onward for row in page.rows] == expected
    assert not onward[0].newer_url
    if len(onward) > 1:
        back = walk(keyset, rows, size, query_of(onward[-1].newer_url), "newer_url")
        assert [row for page in reversed(back) for row in page.rows] == expected[: -len(onward[-1].rows)]
    assert [row for part in keyset.parts(lambda: rows, size) for row in part] == expected


def walk(keyset: Keyset, rows: Any, size: int, query: dict[str, str], link: str) -> list[ListPage[Queue]]:
    """Return the pages from an address on, in one direction."""
    found = [keyset.list_page(query, rows, size)]
    while url := getattr(found[-1], link):
        found.append(keyset.list_page(query_of(url), rows, size))
    return found


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of a link."""
    return dict(parse_qsl(url.removeprefix("?"), strict_parsing=True))


@pytest.mark.parametrize("keyset", ORDERS, ids=lambda keyset: ",".join(keyset.ordering))
def test_a_key_is_read_as_it_was_written(keyset: Keyset, rows: Any) -> None:
    for row in rows:
        key = keyset.key_of(row)
        assert keyset.read(Queue, keyset.write(key)) == key


@pytest.mark.parametrize(
    "text",
    ["x", ",", "1", "1,2,3", "1,not-a-key,name", "\x00", "9" * 5_000, "1,01a2094e-338b-72ce-8a53-bab458fcf980,\x00"],
)
def test_what_is_no_key_is_refused_or_counts_as_the_beginning(text: str, rows: Any) -> None:
    keyset = Keyset("position", "name", "id")
    with pytest.raises(Invalid) as caught:
        keyset.list_page({"after": text}, rows)
    assert caught.value.code == "bad_page"
    assert keyset.list_page({"after": text}, rows, lenient=True).rows == keyset.list_page({}, rows).rows


@pytest.mark.parametrize("position", ["0", "-5", "999999999999", "9" * 300])
def test_a_number_beyond_the_column_is_a_key_like_another(position: str, rows: Any) -> None:
    keyset = Keyset("position", "name", "id")
    page = keyset.list_page({"after": f"{position},{rows[0].pk},"}, rows)
    assert bool(page.rows) == (int(position) < 1)


def test_beyond_the_end_the_way_leads_back_to_the_beginning_as_it_was_asked_for(rows: Any) -> None:
    keyset = Keyset("-id")
    oldest = keyset.write(keyset.key_of(rows.order_by("id")[0]))
    page = keyset.list_page({"list_before": oldest}, rows, prefix="list_", kept="q=a")
    assert (page.rows, page.newer_url, page.older_url) == ([], "?q=a", "")


def test_an_index_is_entered_at_the_key(rows: Any) -> None:
    keyset = Keyset("-created_at", "-id")
    condition = keyset.beyond(keyset.key_of(rows[0]))
    assert ' AND "queues_queue"."created_at" <= ' in str(rows.filter(condition).query)
