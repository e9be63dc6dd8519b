"""Domain errors: a stable code for programs, a sentence for people.

Raised by operations. ``core.http`` turns them into form errors or toasts, ``core.api.errors`` into JSON.
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
    """An operation was refused by a business rule (docs/rules.md, Errors).

    ``code`` is stable and machine-readable, ``sentence`` is translated and says what to do, ``field`` names the form
    or JSON field at fault (if any), ``status`` is the HTTP status, ``extra`` holds details for programs (for example
    when a sector opens next).
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
    """The member belongs to the project but lacks the permission."""

    code = "not_allowed"
    status = 403
    sentence = _("You may not do that. Ask an administrator of the project.")


class Conflict(DomainError):
    """The row was changed concurrently, or its state no longer allows the operation."""

    code = "conflict"
    status = 409
    sentence = _("This has changed in the meantime. Reload and try again.")


def check_version(expected_version: datetime | None, now: datetime) -> None:
    """Raise Conflict if a row was saved (``now``) since the version the caller read (``expected_version``; None skips
    the check).

    See docs/rules.md, Editing. Call it while holding the row's lock: of two saves from the same version, the second
    is refused.
    """
    if expected_version is not None and expected_version != now:
        raise Conflict(
            _("Somebody else has saved this in the meantime. Compare with what is saved now, then save again."),
            code="changed_meanwhile",
        )


class Invalid(DomainError):
    """A value is not acceptable; ``field`` names the field."""

    code = "invalid"


# Keyed by constraint name: how a violation is explained to people.
_CONSTRAINT_ERRORS: dict[str, tuple[str, str | None, Sentence]] = {}


def register_constraint(name: str, code: str, sentence: Sentence, *, field: str | None = None) -> None:
    """Register the error code and sentence of a named database constraint. Call it next to the model."""
    _CONSTRAINT_ERRORS[name] = (code, field, sentence)


def constraint_sentence(name: str) -> Sentence:
    """Return the sentence of a named constraint, for code that checks its rule before the database does."""
    return _CONSTRAINT_ERRORS[name][2]


def from_database(error: DatabaseError) -> DomainError | None:
    """Return the domain error for a constraint violation, or None if the constraint is not registered."""
    diag = getattr(error.__cause__, "diag", None)
    name = getattr(diag, "constraint_name", None)
    if name and name in _CONSTRAINT_ERRORS:
        code, field, sentence = _CONSTRAINT_ERRORS[name]
        return DomainError(sentence, code=code, field=field)
    return None


@contextmanager
def rules_of_database() -> Iterator[None]:
    """Turn violations of registered constraints inside the block into ``DomainError``; other errors pass through."""
    try:
        yield
    except IntegrityError as error:
        known = from_database(error)
        if known is None:
            raise
        raise known from error
