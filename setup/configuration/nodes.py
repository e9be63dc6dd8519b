"""Nodes of a configuration file, with typed readers that record problems."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, Sentence

from .problems import Problems, path_of
from .yaml_reader import Entries, Items, Node, Scalar

#: Returned by a reader if there was a problem.
MISSING: Any = object()

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_YES, _NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
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
        word = self.node.text.lower() if isinstance(self.node, Scalar) and self.node.plain else ""
        if word not in _YES | _NO:
            raise Invalid(_("Write true or false here."))
        return word in _YES

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
        """Return the mapping's values by key; keys not in ``keys`` are problems. Raises Invalid."""
        if isinstance(self.node, Entries):
            for key, node in self.node.entries:
                if key.text not in keys:
                    self.below(node, key.text).say(_unknown(key.text, keys), key.line)
        return {key: place for key, place in self.pairs() if key in keys}


def _unknown(key: str, keys: Iterable[str]) -> str:
    close = get_close_matches(key[:40], list(keys), n=1)
    if close:
        return str(_("There is no key “%(key)s” here. Is “%(close)s” meant?") % {"key": key[:40], "close": close[0]})
    return str(_("There is no key “%(key)s” here. Known are: %(keys)s.") % {"key": key[:40], "keys": ", ".join(keys)})
