"""Kinds of topics, each with the rule of who may follow it. What states no rule can't be published to.

The holder is whoever the application's own rights know; this app asks nothing of it.
"""

from collections.abc import Callable, Iterable
from typing import Any

#: Kinds by name: what stands before the colon of a topic.
KINDS: dict[str, "Kind"] = {}


class Kind:
    """A kind of topic. Called with ids it names one; ``followed_by`` says which of them somebody may follow."""

    def __init__(self, name: str, rule: Callable[[Any], Iterable[tuple[Any, ...]]]) -> None:
        self.name = name
        self.rule = rule
        self.__doc__ = rule.__doc__

    def __call__(self, *ids: Any) -> str:
        """Return the topic of those ids, such as ``queue:<id>``."""
        return ":".join([self.name, *map(str, ids)])

    def followed_by(self, holder: Any) -> frozenset[str]:
        """Return the topics of this kind that the holder may follow."""
        return frozenset(self(*ids) for ids in self.rule(holder))


def topic(name: str) -> Callable[[Callable[[Any], Iterable[tuple[Any, ...]]]], Kind]:
    """Declare a kind of topic. The function below it is the rule: it returns, as tuples, the ids that the holder
    given to it may follow. Raises ValueError where the kind has a rule already."""

    def declare(rule: Callable[[Any], Iterable[tuple[Any, ...]]]) -> Kind:
        if name in KINDS:
            raise ValueError(f"The kind of topic {name!r} has a rule already.")
        KINDS[name] = Kind(name, rule)
        return KINDS[name]

    return declare


def kind_of(text: str) -> str:
    """Return the kind of a topic."""
    return text.partition(":")[0]


def all_followed_by(holder: Any) -> frozenset[str]:
    """Return the topics of all kinds that the holder may follow."""
    return frozenset().union(*(kind.followed_by(holder) for kind in KINDS.values()))
