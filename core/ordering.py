"""Orders that people give to rows: a position each, written together."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

#: Where a row goes: one place towards the beginning or the end, or all the way.
STEPS = ("up", "down", "first", "last")


def write_order(rows: QuerySet, keys: Sequence[UUID]) -> None:
    """Give the rows of these keys the positions 0, 1, 2 … in one statement. ``modified_at`` stays: what is edited of
    a row is not its place. The caller holds a lock that keeps others from ordering the same rows."""
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET position = o.n - 1 FROM unnest(%s::uuid[]) WITH ORDINALITY AS o(id, n)"
            " WHERE t.id = o.id AND t.position <> o.n - 1",
            [list(keys)],
        )


def move(rows: QuerySet, key: UUID, step: str) -> bool:
    """Move a row of an ordered list (by position, then name) a step and write the order; returns whether it changed.

    A row at the end of the list stays where it is. The caller holds the lock. Raises Invalid for anything but a step,
    and for a row that is not in the list because it is archived.
    """
    if step not in STEPS:
        raise Invalid(_("Say where it goes: up, down, first or last."), field="step")
    before = list(rows.order_by("position", "name", "pk").values_list("pk", flat=True))
    if key not in before:
        raise Invalid(_("What is archived has no place in the list. Restore it first."), field="step")
    at = before.index(key)
    to = {"up": max(at - 1, 0), "down": min(at + 1, len(before) - 1), "first": 0, "last": len(before) - 1}[step]
    after = [other for other in before if other != key]
    after.insert(to, key)
    write_order(rows, after)
    return after != before


def arrange(rows: QuerySet, keys: Sequence[UUID]) -> bool:
    """Put an ordered list (by position, then name) in the order of keys and write it; returns whether it changed.

    What is not named comes after, as it was; keys of no row of the list count for nothing. The caller holds the lock.
    """
    before = list(rows.order_by("position", "name", "pk").values_list("pk", flat=True))
    there = set(before)
    after = list(dict.fromkeys([*(key for key in keys if key in there), *before]))
    if after == before:
        return False
    write_order(rows, after)
    return True
