"""Lists that are ordered by the headers of their columns: one parameter, keysets both ways, links."""

from typing import Any

import pytest
from django.db.models import CharField, Value
from django.db.models.functions import Concat

from core.errors import Invalid
from core.pagination import Keyset
from core.sorting import Header, Sorting
from queues.models import Queue
from tests.builders import Desk
from tests.core.test_pagination import walk

SORTING = Sorting(
    "name",
    times=["made"],
    falling=["made"],
    name=Keyset("name", "id"),
    made=Keyset("created_at", "id"),
    shown=Keyset("shown", "id", annotated={"shown": CharField()}),
)


def test_the_address_names_the_order_and_the_usual_one_needs_no_word() -> None:
    assert SORTING.read({}).kept == {}
    assert SORTING.read({"order": ""}).kept == {}
    assert SORTING.read({"order": "name"}).kept == {}
    assert SORTING.read({"order": "-made"}).kept == {"order": "-made"}
    assert SORTING.read({"order": "made"}).keyset.ordering == ("created_at", "id")
    assert SORTING.read({"order": "-made"}).keyset.ordering == ("-created_at", "-id")


@pytest.mark.parametrize("order", ["id", "--made", "-", "made,name", "password", "\x00", "é" * 1000, "MADE"])
def test_an_order_that_is_not_offered_is_refused_by_the_name_of_its_parameter(order: str) -> None:
    with pytest.raises(Invalid) as refused:
        SORTING.read({"order": order})
    assert refused.value.field == "order"


def test_a_header_turns_its_own_order_round_and_another_begins_as_one_expects() -> None:
    assert SORTING.read({}).headers({"q": "a b"}) == {
        "name": Header("?q=a+b&order=-name", "ascending"),
        "made": Header("?q=a+b&order=-made", "", is_time=True, falls_first=True),
        "shown": Header("?q=a+b&order=shown", ""),
    }
    turned = SORTING.read({"order": "-made"}).headers({})
    assert turned["made"] == Header("?order=made", "descending", is_time=True, falls_first=True)
    assert turned["name"] == Header("?", "")
    assert str(turned["made"].title) == "Oldest first"
    assert str(SORTING.read({}).headers({})["made"].title) == "Newest first"
    assert [str(SORTING.read({"order": o}).headers({})["name"].title) for o in ("name", "-name")] == [
        "Descending order",
        "Ascending order",
    ]


@pytest.mark.parametrize("order", SORTING.keysets)
def test_each_order_is_paged_through_both_ways(desk: Desk, order: str) -> None:
    Queue.objects.bulk_create(Queue(sector=desk.sector, name=f"Line, {n % 4} ß{n}", position=n) for n in range(11))
    rows: Any = Queue.objects.filter(sector=desk.sector).annotate(shown=Concat(Value("of "), "sector__name"))
    keyset = SORTING.read({"order": order}).keyset
    expected = list(rows.order_by(*keyset.order()))
    pages = walk(keyset, rows, 3, {}, "older_url")
    assert [row for page in pages for row in page.rows] == expected
    other = SORTING.keysets[order[1:] if order.startswith("-") else f"-{order}"]
    assert list(rows.order_by(*other.order())) == expected[::-1]
