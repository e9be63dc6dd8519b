"""Topic kinds, each with the rule of who may follow it. Topics of an undeclared kind can't be published to.

Rules receive a holder, an object of the application that this app knows nothing about.
"""

from collections.abc import Callable, Iterable
from typing import Any

#: Kinds by name, the part of a topic before the colon.
KINDS: dict[str, "Kind"] = {}


class Kind:
    """A topic kind. Call it with ids to get a topic; ``followed_by`` returns the topics somebody may follow."""

    def __init__(self, name: str, rule: Callable[[Any], Iterable[tuple[Any, ...]]]) -> None:
        self.name = name
        self.rule = rule
        self.__doc__ = rule.__doc__

    def __call__(self, *ids: Any) -> str:
        """Return the topic for the given ids, such as ``queue:<id>``."""
        return ":".join([self.name, *map(str, ids)])

    def followed_by(self, holder: Any) -> frozenset[str]:
        """Return the topics of this kind that the holder may follow."""
        return frozenset(self(*ids) for ids in self.rule(holder))


def topic(name: str) -> Callable[[Callable[[Any], Iterable[tuple[Any, ...]]]], Kind]:
    """Declare a topic kind by decorating its rule.

    The rule takes a holder and returns, as tuples, the ids that the holder may follow. Raises ValueError if the kind
    is already declared.
    """

    def declare(rule: Callable[[Any], Iterable[tuple[Any, ...]]]) -> Kind:
        if name in KINDS:
            raise ValueError(f"the kind of topic {name!r} has a rule already")
        KINDS[name] = Kind(name, rule)
        return KINDS[name]

    return declare


def kind_of(text: str) -> str:
    return text.partition(":")[0]


def all_followed_by(holder: Any) -> frozenset[str]:
    """Return the topics of all kinds that the holder may follow."""
    return frozenset().union(*(kind.followed_by(holder) for kind in KINDS.values()))
