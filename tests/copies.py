"""Building once, copying after that: what operations made is taken down as rows and written anew for each test.

Two tests of three begin with a desk. Operations make it with sixty statements; its copy is written with three, and
nothing tells the two apart: ids, numbers in names and times are fresh, and constraints of tables hold as before.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from unittest import mock
from uuid import UUID

from django.db import connection, models, transaction
from django.utils import timezone

from core.ids import uuid7
from orgs.models import User

from . import builders

#: Numbers in names while something is taken down: they are found again wherever they stand.
_FIRST_NUMBER = 900_000_001
_CHANGING = re.compile(
    r"(?P<id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+\+00:00)"
    r"|(?P<number>90000\d{4})"
    r'|(?P<text>"[^"]+@[^"]+")'
)
#: Not made by tests: rows of these are there before any of them.
_KINDS = {"django_content_type", "auth_permission", "django_migrations"}

T = TypeVar("T")
_recordings: dict[str, "_Recording"] = {}


def copied(name: str, build: Callable[..., T], *given: models.Model) -> T:
    """Return what ``build(*given)`` makes: built the first time, copied from then on.

    What it makes must depend on nothing but who and what is given; ``name`` tells recordings apart.
    """
    if name not in _recordings:
        _recordings[name] = _record(build, given)
    return _recordings[name].play(given)


def _record(build: Callable[..., Any], given: Sequence[models.Model]) -> "_Recording":
    """Build once, take down the rows that came of it, and take everything back."""
    with transaction.atomic():
        before = rows()
        start = timezone.now()
        with mock.patch.object(builders, "_NUMBERS", count(_FIRST_NUMBER)):
            result = build(*given)
        end = timezone.now()
        after = rows()
        transaction.set_rollback(True)
    assert before <= after, "building changed what was there before"
    made: dict[str, list[str]] = {}
    for table, row in sorted(after - before):
        made.setdefault(table, []).append(row)
    return _Recording(result, given, start, end, _script(made))


def rows() -> set[tuple[str, str]]:
    """Return all that the database holds, as (table, row in JSON)."""
    tables = sorted({*connection.introspection.django_table_names()} - _KINDS)
    every = " UNION ALL ".join(f"SELECT '{table}', to_jsonb(t)::text FROM \"{table}\" t" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(every)
        return set(cursor.fetchall())


def _script(made: dict[str, list[str]]) -> str:
    """Return the statements that write the rows; their triggers, which saw them the first time, are not asked."""
    inserts = [
        f'INSERT INTO "{table}" SELECT * FROM jsonb_populate_recordset(NULL::"{table}", {_quoted(found)})'
        for table, found in made.items()
    ]
    return "; ".join(
        ["SET LOCAL session_replication_role = replica", *inserts, "SET LOCAL session_replication_role = origin"]
    )


def _quoted(rows_of_table: Sequence[str]) -> str:
    return "'[{}]'".format(", ".join(rows_of_table).replace("'", "''"))


class _Recording:
    """The statements that write something anew, and the objects that stand for it."""

    def __init__(
        self, result: Any, given: Sequence[models.Model], start: datetime, end: datetime, script: str
    ) -> None:
        self.result, self.given, self.start, self.end = result, given, start, end
        #: Text, and between each two of them what changes: (kind, text).
        self.texts: list[str] = []
        self.changing: list[tuple[str, str]] = []
        at = 0
        for found in _CHANGING.finditer(script):
            kind, value = next((kind, value) for kind, value in found.groupdict().items() if value)
            self.texts.append(script[at : found.start()])
            self.changing.append((kind, value))
            at = found.end()
        self.texts.append(script[at:])
        known = {str(one.pk) for one in given}
        self.ids = sorted({value for kind, value in self.changing if kind == "id"} - known)

    def play(self, given: Sequence[models.Model]) -> Any:
        """Write it all anew for what is given; return the objects."""
        anew = _Anew(self, given)
        parts = [
            text + anew.text(kind, value) for text, (kind, value) in zip(self.texts, self.changing, strict=False)
        ]
        with _transaction(), connection.cursor() as cursor:
            cursor.execute("".join([*parts, self.texts[-1]]))
        return anew.value(self.result)


@contextmanager
def _transaction() -> Iterator[None]:
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield


class _Anew:
    """One copy: what takes the place of each id, number, time and object of the recording."""

    def __init__(self, recording: _Recording, given: Sequence[models.Model]) -> None:
        self.ids = {str(old.pk): str(new.pk) for old, new in zip(recording.given, given, strict=True)}
        # In the order in which they were made.
        self.ids |= {old: str(uuid7()) for old in recording.ids}
        # Copying is quicker than building: counted from its end, no time of a copy lies in the future.
        self.later: timedelta = timezone.now() - recording.end
        self.start = recording.start
        self.numbers: dict[str, str] = {}
        self.people = {
            f'"{old.email}"': json.dumps(new.email)
            for old, new in zip(recording.given, given, strict=True)
            if isinstance(old, User) and isinstance(new, User)
        }
        self.objects: dict[tuple[type, Any], models.Model] = {
            (type(old), old.pk): new for old, new in zip(recording.given, given, strict=True)
        }

    def text(self, kind: str, value: str) -> str:
        """Return what takes the place of a part of the statements."""
        if kind == "id":
            return self.ids.get(value, value)
        if kind == "time":
            return self._time(datetime.fromisoformat(value)).isoformat()
        if kind == "number":
            return self._number(value)
        return self.people.get(value) or self._words(value)

    def _time(self, value: datetime) -> datetime:
        return value + self.later if value >= self.start else value

    def _number(self, value: str) -> str:
        if value not in self.numbers:
            self.numbers[value] = str(builders.number())
        return self.numbers[value]

    def _words(self, value: str) -> str:
        return re.sub(r"90000\d{4}", lambda found: self._number(found[0]), value)

    def value(self, value: Any) -> Any:
        """Return the copy of an object that building returned."""
        if isinstance(value, models.Model):
            return self._model(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: self.value(getattr(value, field.name)) for field in fields(value)})
        if isinstance(value, list | tuple):
            return type(value)(self.value(one) for one in value)
        if isinstance(value, UUID):
            return UUID(self.ids.get(str(value), str(value)))
        if isinstance(value, datetime):
            return self._time(value)
        if isinstance(value, str):
            return self._words(value)
        assert value is None or isinstance(value, bool | int), f"don't know how to copy {value!r}"
        return value

    def _model(self, old: models.Model) -> models.Model:
        key = (type(old), old.pk)
        if key not in self.objects:
            new = self.objects[key] = copy(old)
            state = new._state.fields_cache = {}
            for name, value in old.__dict__.items():
                if not name.startswith("_"):
                    new.__dict__[name] = self.value(value)
            for name, value in old._state.fields_cache.items():
                state[name] = self.value(value)
        return self.objects[key]
