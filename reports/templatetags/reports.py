"""Template filters that format figures: durations, percentages, times in a sector's zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core import numbers
from core.timezones import zone_name
from tickets.conversation.transcript import contact_name
from tickets.models import Assignment, Ticket

register = template.Library()

#: Shown if there is no figure.
DASH = "–"


@register.filter
def duration(seconds: float | None) -> str:
    """Format seconds in their two largest units: "45 s", "3 min 20 s", "2 h 05 min", "3 d 4 h"."""
    if seconds is None:
        return DASH
    whole = round(seconds)
    if whole < 60:
        return _("%(s)d s") % {"s": whole}
    if whole < 3600:
        return _("%(min)d min %(s)02d s") % {"min": whole // 60, "s": whole % 60}
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return _("%(h)d h %(min)02d min") % {"h": minutes // 60, "min": minutes % 60}
    hours = round(seconds / 3600)
    return _("%(d)d d %(h)d h") % {"d": hours // 24, "h": hours % 24}


@register.filter
def percent(share: float | None) -> str:
    """Format a share from 0 to 1 as a percentage."""
    return DASH if share is None else numbers.percentage(share)


@register.simple_tag
def local_time(moment: datetime | None, zone: str, short: bool = False) -> str:
    """Render an instant as ``<time>`` on the wall clock of a zone; ``short`` omits the year."""
    if moment is None:
        return DASH
    local = moment.astimezone(ZoneInfo(zone))
    day = formats.date_format(local, "SHORT_DATE_FORMAT")
    if short:
        day = formats.date_format(local, "MONTH_DAY_FORMAT")
    return format_html(
        '<time datetime="{}" title="{}">{}, {}</time>',
        moment.isoformat(timespec="seconds"),
        f"{formats.date_format(local, 'DATETIME_FORMAT')} ({zone_name(zone)})",
        day,
        formats.time_format(local, "TIME_FORMAT"),
    )


@register.filter
def contact_of(ticket: Ticket) -> str:
    """Return the contact's name as it may be shown."""
    return contact_name(ticket)


@register.filter
def level(count: int, most: int) -> int:
    """Return the intensity of a heat map cell, 0 to 6; 0 only for no tickets."""
    return 0 if not count or not most else min(1 + int(count / most * 5.999), 6)


@register.filter
def lasted(ticket: Ticket) -> float | None:
    """Return the seconds from opening to closing; None for an open ticket."""
    return (ticket.closed_at - ticket.opened_at).total_seconds() if ticket.closed_at else None


@register.filter
def own_time(segment: Assignment) -> float | None:
    """Return the seconds that an agent had a ticket; None while they have it."""
    return (segment.ended_at - segment.started_at).total_seconds() if segment.ended_at else None
