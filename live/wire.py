"""Encoding of events between processes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened: its topics, its kind, and the ids (name, value) of what changed."""

    topics: frozenset[str]
    kind: str
    ids: tuple[tuple[str, str], ...] = ()


def merged(events: Iterable[Event]) -> list[Event]:
    """Merge equal events into one with the topics of all, in order of first appearance."""
    topics: dict[tuple[str, tuple[tuple[str, str], ...]], frozenset[str]] = {}
    for event in events:
        key = (event.kind, event.ids)
        topics[key] = topics.get(key, frozenset()) | event.topics
    return [Event(union, kind, ids) for (kind, ids), union in topics.items()]


def encode(events: Iterable[Event], limit: int) -> list[str]:
    """Encode events as JSON texts, in order, in as few as possible.

    Args:
        events: the events to send.
        limit: maximum size of a text in bytes. An event with too many topics is split.

    Returns:
        Lists such as ``[{"t": ["queue:…"], "k": "ticket", "i": {"ticket": "…"}}]``.
    """
    texts: list[str] = []
    parts: list[str] = []
    size = 2
    for part in _parts(events, limit - 2):
        # ASCII only, so characters are bytes. One more for the comma.
        if parts and size + 1 + len(part) > limit:
            texts.append(f"[{','.join(parts)}]")
            parts, size = [], 2
        size += len(part) + (1 if parts else 0)
        parts.append(part)
    if parts:
        texts.append(f"[{','.join(parts)}]")
    return texts


def decode(text: str) -> list[Event]:
    """Decode a text made by ``encode``.

    Raises:
        ValueError: the text is malformed.
    """
    try:
        return [_read(item) for item in json.loads(text)]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("not a list of events") from error


def _read(item: dict[str, Any]) -> Event:
    return Event(frozenset(item["t"]), str(item["k"]), tuple(sorted(item["i"].items())))


def _parts(events: Iterable[Event], limit: int) -> Iterator[str]:
    for event in events:
        yield from _parts_of(event, sorted(event.topics), limit)


def _parts_of(event: Event, topics: list[str], limit: int) -> Iterator[str]:
    text = json.dumps({"t": topics, "k": event.kind, "i": dict(event.ids)}, separators=(",", ":"))
    if len(text) <= limit or len(topics) == 1:
        yield text
        return
    half = len(topics) // 2
    yield from _parts_of(event, topics[:half], limit)
    yield from _parts_of(event, topics[half:], limit)
