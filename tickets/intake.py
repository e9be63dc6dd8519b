"""What programs hand over, made fit to keep: nothing a contact said is refused for its form (docs/rules.md, Intake).

An engine sends a contact's message once and throws a refusal away, so whatever can be kept is kept: text is cut with
a mark, an id that is too long is hashed, a time that can't be is replaced, what is of the wrong kind is turned into
text or left out. An ``Intake`` lives for one request, cleans its values and counts what it had to correct.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from core.instants import parse_instant
from core.text import one_line, shown
from core.validation import max_length
from tickets.models import AHEAD, EARLIEST, RECEIVED_TEXT_LENGTH, Attachment, Contact, IntakeCorrection, Ticket
from tickets.operations import HistoryLine, Media

#: Maximum size of each free-form value, as JSON.
MAX_BYTES = 64 * 1024
#: Files of one message that are kept.
MAX_ATTACHMENTS = 100
#: Lines of one batch of history that are kept, the newest ones.
MAX_LINES = 1000
#: Where something was cut off.
MARK = "[…]"

_TRUE = {"true", "1", "yes"}

Kind = IntakeCorrection.Kind


@dataclass(frozen=True)
class Urn:
    """The parts of a URN that may be stored: its query may hold secrets."""

    address: str = ""
    display: str = ""
    channel: str = ""


class Intake:
    """Cleans the values of one request. ``corrections`` counts what was changed, by kind."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()
        self.corrections: Counter[str] = Counter()

    def text(self, value: Any, limit: int = RECEIVED_TEXT_LENGTH) -> str:
        """Return what was said; what is not text is kept as JSON, what is too long is cut with a mark."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self._count(Kind.KIND)
            value = json.dumps(value, ensure_ascii=False)
        return self._cut(value.strip(), limit)

    def line(self, value: Any, limit: int) -> str:
        """Return a name or address as one line of what can be seen; empty if it is no text."""
        # Names are short: a megabyte of them need not be looked at one by one.
        line = one_line(self._word(value)[: 20 * limit])
        if len(line) > limit:
            self._count(Kind.CUT)
            line = line[: limit - 1] + "…"
        return line

    def identifier(self, value: Any, limit: int) -> str:
        """Return a foreign id; one that is too long is replaced by its SHA-256, so that it stays the same id."""
        word = self._word(value).strip()
        if len(word) <= limit:
            return word
        self._count(Kind.HASHED)
        return hashlib.sha256(word.encode()).hexdigest()[:limit]

    def instant(self, value: Any) -> datetime | None:
        """Return a time (RFC 3339, aware); None if it is missing, no time, or one that can't be."""
        if value is None:
            return None
        found = parse_instant(value, naive=UTC)
        if found is not None and EARLIEST <= found <= self.now + AHEAD:
            return found
        self._count(Kind.TIME)
        return None

    def urn(self, value: Any) -> Urn:
        """Return what may be stored of a URN, ``scheme:path[?query][#display]``."""
        line = self.line(value, 4096)
        rest, _hash, display = line.partition("#")
        address, _mark, query = rest.partition("?")
        scheme, colon, path = address.partition(":")
        channel = re.search(r"(?:^|&)channel=([\w:-]{1,64})", query)
        address = f"{scheme.lower()}{colon}{path}"
        if len(address) > max_length(Contact, "urn"):
            address = f"{scheme.lower()[:64]}:{self.identifier(address, 64)}"
        return Urn(
            address,
            self.line(display, max_length(Contact, "urn_display")),
            channel.group(1) if channel else "",
        )

    def truth(self, value: Any) -> bool:
        """Return whether a value says yes, in whatever form."""
        return value is True or str(value).strip().lower() in _TRUE

    def is_incoming(self, value: Any) -> bool:
        """Return whether a direction is the contact's; one that says nothing is taken for theirs."""
        said = str(value).strip().lower()
        if said not in {"incoming", "outgoing"}:
            self._count(Kind.KIND)
        return not said.startswith("out")

    def callback_address(self, value: Any) -> str:
        """Return where answers go, usable or not: an address that can't be reached is shown as such."""
        return self._cut("".join(self.text(value, 64 * 1024).split()), max_length(Ticket, "callback_url"), mark="")

    def fields(self, value: Any) -> dict[str, Any]:
        """Return free-form fields by name; those beyond the size kept are left out."""
        if not isinstance(value, Mapping):
            if value is not None:
                self._count(Kind.KIND)
            return {}
        kept: dict[str, Any] = {}
        size = 2
        for name, given in value.items():
            held = self._held(given)
            taken = len(json.dumps({name: held}))
            if size + taken > MAX_BYTES:
                self._count(Kind.LEFT_OUT)
                continue
            size += taken
            kept[name] = held
        return kept

    def free(self, value: Any) -> Any:
        """Return any JSON; as text, cut with a mark, if it is too large."""
        held = self._held(value)
        text = json.dumps(held)
        return held if len(text) <= MAX_BYTES else self._cut(text, MAX_BYTES // 4)

    def groups(self, value: Any) -> list[Any]:
        """Return the groups of a contact: objects with a name, or names."""
        if not isinstance(value, list):
            if value is not None:
                self._count(Kind.KIND)
            return []
        return [group for group in self.fields(dict(enumerate(value))).values() if isinstance(group, dict | str)]

    def attachments(self, value: Any) -> list[Media]:
        """Return the files of a message, whatever their type and address: what can't be fetched is shown as such."""
        if value is None:
            return []
        given = value if isinstance(value, list) else [value]
        kept = [media for media in map(self._media, given[:MAX_ATTACHMENTS]) if media is not None]
        self._count(Kind.LEFT_OUT, len(given) - len(kept))
        return kept

    def _media(self, value: Any) -> Media | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            value = {"url": value}
        return Media(
            self.line(value.get("content_type"), max_length(Attachment, "content_type")),
            self._cut(self.text(value.get("url"), 64 * 1024), max_length(Attachment, "url")),
        )

    def history(self, value: Any) -> list[HistoryLine]:
        """Return the lines of a batch of history that say something; the newest if there are too many."""
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list):
            if value is not None:
                self._count(Kind.KIND)
            return []
        kept = [line for line in map(self._line_of_history, value[-MAX_LINES:]) if line is not None]
        self._count(Kind.LEFT_OUT, len(value) - len(kept))
        return kept

    def _line_of_history(self, value: Any) -> HistoryLine | None:
        if not isinstance(value, Mapping):
            return None
        text, media = self.text(value.get("text")), self.attachments(value.get("attachments"))
        if not text and not media:
            return None
        given = value.get("created_on")
        incoming, at = self.is_incoming(value.get("direction")), self.instant(given)
        return HistoryLine(incoming, at, text, media, "" if at else self.identifier(given, 64))

    def _word(self, value: Any) -> str:
        """Return a text, or a number as one; empty for anything else."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            self._count(Kind.KIND)
        return value if isinstance(value, str) else ""

    def _held(self, value: Any) -> Any:
        """Return a free-form value with long texts cut, and without what is not seen."""
        if isinstance(value, str):
            return self._cut(shown(value), MAX_BYTES // 4)
        if isinstance(value, Mapping):
            return {name: self._held(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._held(inner) for inner in value]
        return value

    def _cut(self, text: str, limit: int, mark: str = MARK) -> str:
        if len(text) <= limit:
            return text
        self._count(Kind.CUT)
        return text[: limit - len(mark)] + mark

    def _count(self, kind: str, times: int = 1) -> None:
        if times:
            self.corrections[kind] += times
