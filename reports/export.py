"""The whole result as rows to send: read in pages by key, so that memory and locks don't grow with it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.csv_export import Cell, as_csv
from core.pagination import beyond
from orgs.access.current import member_now
from orgs.models import Project
from tickets.conversation.transcript import contact_name
from tickets.models import Ticket

from .filters import Selection

__all__ = ["as_csv", "file_name", "header", "rows"]

#: Tickets read at once.
CHUNK = 1_000


def header() -> list[str]:
    """Return the names of the columns."""
    return [
        _("Protocol"),
        _("Ticket"),
        _("Status"),
        _("Contact"),
        _("URN"),
        _("Sector"),
        _("Queue"),
        _("Agent"),
        _("Tags"),
        _("Opened"),
        _("Assigned"),
        _("Closed"),
        _("Time zone"),
        _("Closed by"),
        _("Waiting time (s)"),
        _("Waiting time in work hours (s)"),
        _("First response (s)"),
        _("First response in work hours (s)"),
        _("Response time (s)"),
        _("Response time in work hours (s)"),
        _("Handling time (s)"),
        _("Duration (s)"),
        _("Transfers"),
    ]


def rows(selection: Selection) -> Iterator[list[Cell]]:
    """Yield the header, then a row for each ticket that history lists, newest first."""
    yield list(header())
    column = f"{selection.filters.counted}_at"
    for ticket in _tickets(selection, column):
        yield _row(ticket)


def _tickets(selection: Selection, column: str) -> Iterator[Ticket]:
    """Yield the tickets of a question, a part at a time, each asked with the rights of its moment.

    Raises NotAllowed where the member has no place in the project any more.
    """
    part = _listed(selection)
    while True:
        found = list(part.prefetch_related("tags").order_by(f"-{column}", "-id")[:CHUNK])
        yield from found
        if len(found) < CHUNK:
            return
        last = found[-1]
        tickets = _listed(replace(selection, member=member_now(selection.member)))
        part = tickets.filter(beyond(column, (getattr(last, column), last.pk), newer=False))


def _listed(selection: Selection) -> QuerySet[Ticket]:
    return selection.listed().for_lists().select_related("closed_by")


def _row(ticket: Ticket) -> list[Cell]:
    zone = ticket.sector.timezone
    duration = (ticket.closed_at - ticket.opened_at).total_seconds() if ticket.closed_at else None
    by = _("Flow") if ticket.closed_by_flow else ticket.closed_by.name if ticket.closed_by else ""
    return [
        ticket.protocol,
        str(ticket.pk),
        str(ticket.get_status_display()),
        contact_name(ticket),
        ticket.urn_to_show,
        ticket.sector.name,
        ticket.queue.name,
        ticket.agent.name if ticket.agent else "",
        ", ".join(tag.name for tag in ticket.tags.all()),
        _time(ticket.opened_at, zone),
        _time(ticket.assigned_at, zone),
        _time(ticket.closed_at, zone),
        zone,
        by,
        ticket.waiting_seconds,
        ticket.waiting_open_seconds,
        ticket.first_response_seconds,
        ticket.first_response_open_seconds,
        ticket.response_seconds,
        ticket.response_open_seconds,
        ticket.handling_seconds,
        duration,
        ticket.transfer_count,
    ]


def _time(moment: datetime | None, zone: str) -> str:
    """Return an instant on the sector's wall clock, as spreadsheets read it."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def file_name(project: Project) -> str:
    """Return what the file is called, without its ending."""
    return f"{project.slug}-{timezone.now():%Y-%m-%d}"
