"""Reading untrusted YAML: keeps line numbers, and disables YAML's dangerous features.

Uses only the parser's events: tags construct nothing, aliases expand to nothing, depth and number of values are
limited, and duplicate keys are errors. The readers in ``nodes`` decide what a scalar means.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from core.decoding import decode
from core.errors import DomainError, Invalid, Sentence
from core.validation import megabytes

from .problems import Problems

MAX_BYTES = 4 * 1024 * 1024
#: Deeper nesting isn't a configuration.
_DEEPEST = 10
_MAX_NODES = 500_000
#: Characters that no text of ours may contain, even escaped.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: The C library's parser if available: ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Node:
    """A node of the file, with its line (from 1)."""

    line: int


@dataclass(frozen=True)
class Scalar(Node):
    """A single value as written; ``plain``: without quotes."""

    text: str
    plain: bool


@dataclass(frozen=True)
class Items(Node):
    """A list."""

    items: list[Node]


@dataclass(frozen=True)
class Entries(Node):
    """Keys and their values, without duplicates."""

    entries: list[tuple[Scalar, Node]]


class _Stop(DomainError):
    """Reading can't continue."""

    def __init__(self, line: int | None, sentence: Sentence) -> None:
        self.line = line
        super().__init__(sentence)


def read(raw: bytes | str, problems: Problems) -> Node | None:
    """Return the file's content; None if it can't be read. Problems are added to ``problems``."""
    text = ""
    try:
        text = _decoded(raw)
        return _Composer(yaml.parse(text, Loader=_LOADER), problems).document()
    except _Stop as stop:
        problems.add("", stop.line, stop.sentence)
    except DomainError as error:
        problems.add("", None, error.sentence)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problems.add("", mark.line + 1 if mark else None, _says(error, text))
    return None


def text_of_file(raw: bytes | str) -> str:
    """Return the text of a file in whatever encoding an editor saved it, or of what was pasted."""
    return raw.removeprefix("\ufeff") if isinstance(raw, str) else decode(raw)


def _decoded(raw: bytes | str) -> str:
    text = text_of_file(raw) if len(raw) <= MAX_BYTES else None
    if text is None or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise Invalid(
            _("The file is larger than %(limit)s MB. Take texts out of it, or import it in parts.")
            % {"limit": megabytes(MAX_BYTES)}
        )
    return text


def _says(error: yaml.YAMLError, text: str) -> Sentence:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        line = "".join(islice(text.splitlines(), mark.line, mark.line + 1))
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return _("Indent with blanks here, not with tabs.")
    if isinstance(error, yaml.reader.ReaderError) or mark is None:
        return _("The file has characters that YAML does not know. Choose a YAML file, saved as UTF-8.")
    return _("This can't be read as YAML. Look at the indentation, colons, brackets and quotes at this line.")


class _Composer:
    """Builds nodes from the parser's events."""

    def __init__(self, events: Iterator[Any], problems: Problems) -> None:
        self.events = events
        self.problems = problems
        self.nodes = 0

    def document(self) -> Node:
        """Return the stream's only document. Raises _Stop."""
        next(self.events)
        if not isinstance(next(self.events), yaml.DocumentStartEvent):
            raise _Stop(None, _("The file is empty."))
        node = self.node(next(self.events), 0)
        next(self.events)
        after = next(self.events)
        if isinstance(after, yaml.DocumentStartEvent):
            raise _Stop(_line(after), _("A second document begins here. Import one at a time."))
        return node

    def node(self, event: Any, depth: int) -> Node:
        """Return the node that starts with an event. Raises _Stop."""
        line = _line(event)
        self.nodes += 1
        if self.nodes > _MAX_NODES:
            raise _Stop(line, _("The file has too many values. Import it in parts."))
        if depth > _DEEPEST:
            raise _Stop(line, _("This is nested too deeply. Take levels out."))
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _Stop(line, _("Anchors (&) and aliases (*) are not read. Write it out, or put it in quotes."))
        if event.tag is not None and event.tag != "!":
            raise _Stop(line, _("Tags (!) are not read. Take it away, or put text in quotes."))
        if isinstance(event, yaml.ScalarEvent):
            if _UNSTORABLE.search(event.value):
                self.problems.add("", line, _("This has a character that can't be stored. Take it away."))
            return Scalar(line, _UNSTORABLE.sub("", event.value), not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(line, list(self._items(depth)))
        return Entries(line, self._entries(depth))

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self.node(event, depth + 1)

    def _entries(self, depth: int) -> list[tuple[Scalar, Node]]:
        found: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.problems.add("", key.line, _("A key is one word or text, followed by a colon."))
            elif key.text in found:
                first = found[key.text][0].line
                sentence = _("“%(key)s” stands here twice; the first is at line %(line)d. Keep one.")
                self.problems.add("", key.line, sentence % {"key": key.text[:40], "line": first})
            else:
                found[key.text] = (key, value)
        return list(found.values())


def _line(event: Any) -> int:
    return event.start_mark.line + 1
