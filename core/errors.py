"""Errors of the domain: a stable code for programs, a sentence for people.

Raised by operations; one handler turns them into a form error or a toast
(``core.http``), another into JSON (``core.api.errors``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Sentence = str | Promise


class DomainError(Exception):
    """A rule of the product refused an operation (docs/rules.md, Errors).

    ``code`` is stable and machine-readable, ``sentence`` is translated and says what to do,
    ``field`` names the form or JSON field at fault (if one is), ``status`` is the HTTP status,
    ``extra`` holds facts for programs (for example when a sector opens next).
    """

    code = "refused"
    status = 400
    sentence: Sentence = _("That is not possible.")

    def __init__(
        self,
        sentence: Sentence | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        **extra: Any,
    ) -> None:
        self.sentence = sentence or self.sentence
        self.code = code or self.code
        self.field = field
        self.extra = extra
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(DomainError):
    """The member is inside the project but lacks the right."""

    code = "not_allowed"
    status = 403
    sentence = _("You may not do that. Ask an administrator of the project.")


class Conflict(DomainError):
    """Somebody else was faster, or the state has moved on."""

    code = "conflict"
    status = 409
    sentence = _("This has changed in the meantime. Reload and try again.")


def check_version(seen: datetime | None, now: datetime) -> None:
    """Raise Conflict where a row was saved by somebody else (``now``) since it was read (``seen``; None: don't ask).

    See docs/rules.md, Editing. Called under the row's lock: of two saves from the same state the second is told.
    """
    if seen is not None and seen != now:
        raise Conflict(
            _("Somebody else has saved this in the meantime. Compare with what is saved now, then save again."),
            code="changed_meanwhile",
        )


class Invalid(DomainError):
    """A value is not acceptable; ``field`` says which."""

    code = "invalid"


# A constraint's name is the key: the database refuses, this says it kindly.
_CONSTRAINT_ERRORS: dict[str, tuple[str, str | None, Sentence]] = {}


def register_constraint(name: str, code: str, sentence: Sentence, *, field: str | None = None) -> None:
    """Register the code and sentence for a named database constraint (called beside the model)."""
    _CONSTRAINT_ERRORS[name] = (code, field, sentence)


def constraint_sentence(name: str) -> Sentence:
    """Return what the named constraint says, for whoever checks its rule before the database does."""
    return _CONSTRAINT_ERRORS[name][2]


def from_database(error: DatabaseError) -> DomainError | None:
    """Return the domain error a database refusal stands for, or None if its constraint is not a rule."""
    diag = getattr(error.__cause__, "diag", None)
    name = getattr(diag, "constraint_name", None)
    if name and name in _CONSTRAINT_ERRORS:
        code, field, sentence = _CONSTRAINT_ERRORS[name]
        return DomainError(sentence, code=code, field=field)
    return None


@contextmanager
def rules_of_database() -> Iterator[None]:
    """Turn refusals by named constraints inside the block into ``DomainError``; others pass through."""
    try:
        yield
    except IntegrityError as error:
        known = from_database(error)
        if known is None:
            raise
        raise known from error
