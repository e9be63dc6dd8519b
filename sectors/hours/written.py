"""Times of day and ranges of them as people write them, in English, Spanish and Portuguese."""

import re
import unicodedata

from .schedule import DAY, Range

_TIME = re.compile(
    r"(?P<hours>\d{1,2})"
    r"(?:\s*[:.]\s*(?P<colon>\d{2})(?::00)?\s*(?:h|hs|hrs)?|\s*(?:hs|hrs|h)\.?\s*(?P<h>\d{2})?\s*(?:m|min)?|(?P<plain>\d{2}))?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*[-–—−]\s*|\s+(?:to|until|a|à|às|as|até|ate|hasta)\s+(?:las?\s+|as\s+|às\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s*[,;/\n]\s*|\s+(?:and|y|e)\s+", re.IGNORECASE)
_FROM = re.compile(r"(?:from|de|das|desde)\s+(?:las?\s+)?", re.IGNORECASE)


def minutes_of(text: str) -> int | None:
    """Read a time of day as minutes after midnight, the end of the day (24:00) included; None if it is none.

    ``8``, ``8:00``, ``08.00``, ``0800``, ``8h``, ``8h30`` and ``8 pm`` are times.
    """
    match = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    hours, minutes = int(match["hours"]), int(match["colon"] or match["h"] or match["plain"] or 0)
    if match["half"]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + 12 * (match["half"][0] in "pP")
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= DAY else None


def range_of(opens: int, closes: int) -> Range:
    """Return a range of minutes: one that ends at or before its start passes midnight, equal times are 24 hours."""
    return opens, closes if closes > opens else closes + DAY


def read_range(text: str) -> Range | None:
    """Read ``08:00-12:00``, ``8h a 12h``, ``from 8 to 12``; None if it is none."""
    ends = _TO.split(_FROM.sub("", text.strip(), count=1))
    times = [minutes_of(end) for end in ends]
    if len(times) != 2 or times[0] is None or times[1] is None or times[0] == DAY:
        return None
    return range_of(times[0], times[1])


def read_ranges(text: str) -> list[Range] | None:
    """Read ranges between commas, semicolons or "and"; none for an empty text, None if one of them is no range."""
    found = [read_range(part) for part in _AND.split(text.strip()) if part.strip()]
    read = [one for one in found if one is not None]
    return read if len(read) == len(found) else None
