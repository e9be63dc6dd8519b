"""Work hours as text: ``08:00-12:00``, past midnight ``22:00-06:00``, all day ``00:00-24:00``."""

import re

from sectors.hours.schedule import DAY, Range

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_RANGE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*(?:([01]?\d|2[0-3]):([0-5]\d)|(24):00)")


def written(value: Range) -> str:
    """Format a range of minutes after midnight; the inverse of ``read``."""
    opens, closes = value
    end = closes if closes <= DAY else closes - DAY
    return f"{opens // 60:02}:{opens % 60:02}-{end // 60:02}:{end % 60:02}"


def read(text: str) -> Range | None:
    """Parse a range into minutes; None if the text isn't one.

    A range that ends at or before its start passes midnight; equal times mean 24 hours.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    opens = int(match[1]) * 60 + int(match[2])
    closes = DAY if match[5] else int(match[3]) * 60 + int(match[4])
    return (opens, closes if closes > opens else closes + DAY)
