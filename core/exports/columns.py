"""Columns of a file and their cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from core.errors import Sentence

#: A text stays a text, whatever it looks like; a ``datetime`` has no offset: it is the time on a wall clock.
Cell = str | int | float | datetime | None
Item = TypeVar("Item")


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column of the file: its header, and a function that returns its cell for an item."""

    name: Sentence
    value: Callable[[Item], Cell]


def column_names(columns: Sequence[Column[Item]]) -> list[Cell]:
    """Return the headers, in the active language."""
    return [str(column.name) for column in columns]


def cells(columns: Sequence[Column[Item]], item: Item) -> list[Cell]:
    return [column.value(item) for column in columns]
