"""Manual ordering of rows by a ``position`` column."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.text import by_name

#: Moves of a row: one position up or down, or to either end.
STEPS = ("up", "down", "first", "last")


def write_order(rows: QuerySet, keys: Sequence[UUID]) -> None:
    """Set the positions of the rows with these keys to 0, 1, 2 … in one statement.

    ``modified_at`` is left alone: reordering is not an edit. The caller holds a lock that prevents concurrent
    reordering.
    """
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET position = o.n - 1 FROM unnest(%s::uuid[]) WITH ORDINALITY AS o(id, n)"
            " WHERE t.id = o.id AND t.position <> o.n - 1",
            [list(keys)],
        )


def move(rows: QuerySet, key: UUID, step: str) -> bool:
    """Move a row one step in its list (ordered by position, then name); returns whether the order changed.

    A row already at the end stays there. The caller holds the lock. Raises Invalid for an unknown step, and for a row
    that is not in the list because it is archived.
    """
    if step not in STEPS:
        raise Invalid(_("Say where it goes: up, down, first or last."), field="step")
    before = list(rows.order_by("position", *by_name()).values_list("pk", flat=True))
    if key not in before:
        raise Invalid(_("What is archived has no place in the list. Restore it first."), field="step")
    at = before.index(key)
    to = {"up": max(at - 1, 0), "down": min(at + 1, len(before) - 1), "first": 0, "last": len(before) - 1}[step]
    after = [other for other in before if other != key]
    after.insert(to, key)
    write_order(rows, after)
    return after != before


def arrange(rows: QuerySet, keys: Sequence[UUID]) -> bool:
    """Sort a list (ordered by position, then name) by the given keys; returns whether the order changed.

    Rows that are not named follow in their previous order; unknown keys are ignored. The caller holds the lock.
    """
    before = list(rows.order_by("position", *by_name()).values_list("pk", flat=True))
    there = set(before)
    after = list(dict.fromkeys([*(key for key in keys if key in there), *before]))
    if after == before:
        return False
    write_order(rows, after)
    return True
