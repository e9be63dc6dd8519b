"""Nodes of a configuration file, with typed readers that record problems."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, Sentence

from . import words
from .problems import Problems, path_of
from .yaml_reader import Entries, Items, Node, Scalar

#: Returned by a reader if there was a problem.
MISSING: Any = object()

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,8})")


@dataclass(frozen=True)
class Place:
    """A value of the file, with its path."""

    node: Node
    parts: tuple[str, ...]
    problems: Problems

    def say(self, sentence: Sentence, line: int | None = None) -> None:
        """Record a problem with this value."""
        self.problems.add(path_of(*self.parts), line or self.node.line, sentence)

    def take(self, reader: Callable[["Place"], Any]) -> Any:
        """Return what a reader makes of the value; if it raises, record the problem and return MISSING."""
        try:
            return reader(self)
        except DomainError as error:
            self.say(error.sentence)
            return MISSING

    def below(self, node: Node, *parts: str) -> "Place":
        """Return a node inside this one."""
        return Place(node, (*self.parts, *parts), self.problems)

    @property
    def is_null(self) -> bool:
        return isinstance(self.node, Scalar) and self.node.plain and self.node.text in _NULLS

    def text(self) -> str:
        """Return the text. Raises Invalid."""
        if not isinstance(self.node, Scalar) or self.is_null:
            raise Invalid(_("Write a text here."))
        return self.node.text

    def number(self) -> int:
        """Return the integer. Raises Invalid."""
        if isinstance(self.node, Scalar) and self.node.plain and _NUMBER.fullmatch(self.node.text):
            return int(self.node.text)
        raise Invalid(_("Write a whole number here, without quotes."))

    def yes_no(self) -> bool:
        """Return the boolean. Raises Invalid."""
        plain = isinstance(self.node, Scalar) and self.node.plain
        word = words.meant(self.text(), ("true", "false")) if plain and not self.is_null else None
        if word is None:
            raise Invalid(_("Write true or false here."))
        return word == "true"

    def items(self) -> list["Place"]:
        """Return the list's items; null is an empty list. Raises Invalid."""
        if self.is_null:
            return []
        if not isinstance(self.node, Items):
            raise Invalid(_("Write a list here, each with a dash, or [] for none."))
        return [self.below(node, f"#{number}") for number, node in enumerate(self.node.items, start=1)]

    def pairs(self) -> list[tuple[str, "Place"]]:
        """Return the mapping's keys and values; null is an empty mapping. Raises Invalid."""
        if self.is_null:
            return []
        if not isinstance(self.node, Entries):
            raise Invalid(_("Write keys with values here, or {} for none."))
        return [(key.text, self.below(node, key.text)) for key, node in self.node.entries]

    def known(self, keys: Collection[str]) -> dict[str, "Place"]:
        """Return the mapping's values by key, which may be a word of another language.

        Keys not in ``keys``, and those that mean the same as one before, are problems. Raises Invalid.
        """
        found: dict[str, Place] = {}
        written: dict[str, str] = {}
        pairs = self.pairs()
        lines = [name.line for name, _node in self.node.entries] if isinstance(self.node, Entries) else []
        for (key, place), line in zip(pairs, lines, strict=True):
            word = words.meant(key, keys)
            if word is None:
                place.say(_unknown(key, keys), line)
            elif word in found:
                both = {"one": written[word][:40], "other": key[:40]}
                place.say(_("“%(one)s” and “%(other)s” are the same key. Keep one.") % both, line)
            else:
                found[word], written[word] = place, key
        return found


def _unknown(key: str, keys: Collection[str]) -> str:
    if close := words.guess(key, keys):
        return str(_("There is no key “%(key)s” here. Is “%(close)s” meant?") % {"key": key[:40], "close": close})
    return str(_("There is no key “%(key)s” here. Known are: %(keys)s.") % {"key": key[:40], "keys": ", ".join(keys)})
