"""Validation against the limits of model columns.

A limit is written once, on the model or next to it; forms, serializers, operations and messages read it from there.
"""

from dataclasses import dataclass
from typing import Any

from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.db.models import Model, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.functional import lazy, lazystr
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, Sentence
from core.numbers import grouped
from core.text import one_line

_TOO_LONG = _("Use at most %(limit)d characters.")


def max_length(model: type[Model], column: str) -> int:
    """Return the ``max_length`` of a text column."""
    length = model._meta.get_field(column).max_length  # type: ignore[union-attr]
    if length is None:
        raise TypeError(f"{model.__name__}.{column} has no limit")
    return int(length)


@dataclass(frozen=True)
class NumberRange:
    """The integers a column accepts, both ends included, and the error for any other.

    ``sentence`` contains ``%(least)s`` and ``%(most)s``.
    """

    least: int
    most: int
    code: str
    sentence: Sentence

    @property
    def refusal(self) -> Sentence:
        """Return the sentence with its numbers, in the active language."""
        return lazystr(_Filled(self))

    @property
    def validators(self) -> list[BaseValidator]:
        return [MinValueValidator(self.least), MaxValueValidator(self.most)]

    @property
    def bounds(self) -> dict[str, Any]:
        """Return the keyword arguments for a form or serializer field."""
        return {"min_value": self.least, "max_value": self.most}

    def condition(self, column: str, *, null: bool = False) -> Q:
        """Return the condition of a check constraint; ``null`` allows null."""
        inside = Q(**{f"{column}__gte": self.least, f"{column}__lte": self.most})
        return Q(**{f"{column}__isnull": True}) | inside if null else inside

    def clean(self, given: object, *, field: str) -> int:
        """Return the number. Raises Invalid."""
        if isinstance(given, bool) or not isinstance(given, int) or not self.least <= given <= self.most:
            raise Invalid(self.refusal, code=self.code, field=field)
        return given


@dataclass(frozen=True)
class _Filled:
    range: NumberRange

    def __str__(self) -> str:
        # No thousands separator for four digits.
        least, most = (grouped(n) if n >= 10_000 else str(n) for n in (self.range.least, self.range.most))
        return str(self.range.sentence) % {"least": least, "most": most}


def length_condition(column: str, limit: int) -> LessThanOrEqual:
    """Return the condition of a check constraint: the text has at most ``limit`` characters."""
    return LessThanOrEqual(Length(column), limit)


def length_refusal(limit: int, sentence: Sentence = _TOO_LONG) -> Sentence:
    """Return the error message for a text of more than ``limit`` characters, translated lazily.

    ``sentence`` contains ``%(limit)d``.
    """
    return lazy(lambda: str(sentence) % {"limit": limit}, str)()


def check_length(text: str, limit: int, *, field: str) -> None:
    """Raise Invalid if the text is longer than ``limit`` characters."""
    if len(text) > limit:
        raise Invalid(length_refusal(limit), field=field)


def megabytes(size: int) -> int:
    """Return a number of bytes in megabytes, for use in messages."""
    return size // 1024**2


def clean_name(name: object, *, limit: int, field: str = "name") -> str:
    """Return the name as one line of what can be seen (``core.text.one_line``).

    Raises Invalid if it is not text, is empty, or is longer than ``limit`` characters.
    """
    if not isinstance(name, str):
        raise Invalid(_("Enter a name as text."), field=field)
    if len(name) > 20 * limit:
        check_length(name, limit, field=field)
    cleaned = one_line(name)
    if not cleaned:
        raise Invalid(_("Enter a name."), code="name_required", field=field)
    check_length(cleaned, limit, field=field)
    return cleaned
