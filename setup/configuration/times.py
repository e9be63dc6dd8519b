"""Work hours as text: ``08:00-12:00``, past midnight ``22:00-06:00``, all day ``00:00-24:00``."""

from sectors.hours.schedule import DAY, Range

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def written(value: Range) -> str:
    """Format a range of minutes after midnight; the inverse of ``sectors.hours.written.read_range``."""
    opens, closes = value
    end = closes if closes <= DAY else closes - DAY
    return f"{opens // 60:02}:{opens % 60:02}-{end // 60:02}:{end % 60:02}"
