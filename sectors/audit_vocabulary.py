"""Audit log descriptions for sectors, their hours and messages."""

from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.timezones import zone_name
from orgs.audit import descriptions

_DAY = 24 * 60


def _clock(minutes: int) -> str:
    """Format minutes after midnight; times on the following day are marked."""
    text = f"{minutes // 60 % 24:02}:{minutes % 60:02}"
    return f"{text} (+1)" if minutes > _DAY else "24:00" if minutes == _DAY else text


def _zone(value: Any) -> str:
    return zone_name(value) if isinstance(value, str) else descriptions.plain(value)


def _ranges(value: Any) -> str:
    """Format a day's hours: a list of [opens, closes] in minutes after midnight."""
    try:
        return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in value) or gettext("closed")
    except (TypeError, ValueError):
        return descriptions.plain(value)


def _week(value: Any) -> str:
    """Format a week's hours: seven days, Monday first."""
    if not isinstance(value, list) or len(value) != 7:
        return descriptions.plain(value)
    return "; ".join(f"{WEEKDAYS_ABBR[n]} {_ranges(day)}" for n, day in enumerate(value))


descriptions.GROUPS.add("sectors", descriptions.Group(_("Sectors and hours"), "building-2"))

descriptions.register_actions(
    "sectors",
    {
        "sector.created": _("Created the sector %(name)s"),
        "sector.copied": _("Filled the sector %(name)s from another: %(new_copied_from)s"),
        "sector.changed": _("Changed the sector %(name)s: %(fields)s"),
        "sector.moved": _("Moved the sector %(name)s in the list"),
        "sectors.ordered": _("Put the sectors of the project %(name)s in order"),
        "sector.archived": _("Archived the sector %(name)s"),
        "sector.restored": _("Restored the sector %(name)s"),
        "special_day.added": _("Gave the sector %(new_sector)s a special day: %(name)s"),
        "special_day.changed": _("Changed the special day %(name)s: %(fields)s"),
        "special_day.removed": _("Took the special day %(name)s from the sector %(old_sector)s"),
        "quick_message.added": _("Added the quick message %(name)s to the sector %(new_sector)s"),
        "quick_message.changed": _("Changed the quick message %(name)s: %(fields)s"),
        "quick_message.removed": _("Removed the quick message %(name)s from the sector %(old_sector)s"),
    },
)

descriptions.FIELDS.add_all(
    {
        "copied_from": (_("Copied from"), descriptions.plain),
        "agent_limits": (_("Agents’ own limits"), descriptions.by_name),
        "automatic_opening": (_("Automatic message on opening"), descriptions.plain),
        "automatic_waiting": (_("Automatic message while waiting"), descriptions.plain),
        "automatic_assignment": (_("Automatic message on assignment"), descriptions.plain),
        "automatic_closing": (_("Automatic message on closing"), descriptions.plain),
        "automatic_closed": (_("Automatic message when the sector closes"), descriptions.plain),
        "waiting_every": (_("Minutes between two messages while waiting"), descriptions.plain),
        "managers": (_("Managers"), descriptions.names),
        "timezone": (_("Time zone"), _zone),
        "ticket_limit": (_("Tickets at a time per agent"), descriptions.plain),
        "active_messages": (_("Active messages"), descriptions.plain),
        "always_open": (_("Always open"), descriptions.plain),
        "hours": (_("Work hours"), _week),
        "date": (_("Date"), descriptions.day),
        "label": (pgettext_lazy("of a special day", "Occasion"), descriptions.plain),
        "yearly": (_("Every year"), descriptions.plain),
        "ranges": (_("Hours"), _ranges),
        "shortcut": (_("Shortcut"), descriptions.plain),
        "text": (_("Text"), descriptions.plain),
        "files": (_("Files"), descriptions.plain),
        "automatic_messages": (_("Automatic messages"), descriptions.by_name),
    }
)
