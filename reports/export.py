"""CSV export of history, streamed: read page by page by key, so memory and locks stay constant."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.csv_export import Cell, Column, as_csv, cells, column_names
from orgs.access.current import member_now
from orgs.models import Project
from tickets.conversation.transcript import contact_name
from tickets.models import Ticket

from .filters import Selection

__all__ = ["as_csv", "file_name", "rows"]

#: Tickets per query.
CHUNK = 1_000


def rows(selection: Selection) -> Iterator[list[Cell]]:
    """Yield the header, then a row for each ticket that history lists, in its order."""
    yield column_names(COLUMNS)
    for part in selection.order.parts(lambda: _listed_now(selection), CHUNK):
        for ticket in part:
            yield cells(COLUMNS, ticket)


def _listed_now(selection: Selection) -> QuerySet[Ticket]:
    """Return the selected tickets under the member's current rights.

    Raises NotAllowed if the member no longer belongs to the project.
    """
    now = replace(selection, member=member_now(selection.member))
    return now.listed().for_lists().select_related("closed_by").prefetch_related("tags")


def _closed_by(ticket: Ticket) -> str:
    if ticket.closed_by_flow:
        return str(_("Flow"))
    return ticket.closed_by.name if ticket.closed_by else ""


def _duration(ticket: Ticket) -> float | None:
    return (ticket.closed_at - ticket.opened_at).total_seconds() if ticket.closed_at else None


def _time(moment: datetime | None, ticket: Ticket) -> str:
    """Format an instant on the wall clock of the ticket's sector, in a format that spreadsheets parse."""
    return moment.astimezone(ZoneInfo(ticket.sector.timezone)).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


COLUMNS: tuple[Column[Ticket], ...] = (
    Column(_("Protocol"), lambda ticket: ticket.protocol),
    Column(_("Ticket"), lambda ticket: str(ticket.pk)),
    Column(_("Status"), lambda ticket: str(ticket.get_status_display())),
    Column(_("Contact"), contact_name),
    Column(_("URN"), lambda ticket: ticket.urn_to_show),
    Column(_("Sector"), lambda ticket: ticket.sector.name),
    Column(_("Queue"), lambda ticket: ticket.queue.name),
    Column(_("Agent"), lambda ticket: ticket.agent.name if ticket.agent else ""),
    Column(_("Tags"), lambda ticket: ", ".join(tag.name for tag in ticket.tags.all())),
    Column(pgettext_lazy("when", "Opened"), lambda ticket: _time(ticket.opened_at, ticket)),
    Column(_("Assigned"), lambda ticket: _time(ticket.assigned_at, ticket)),
    Column(pgettext_lazy("when", "Closed"), lambda ticket: _time(ticket.closed_at, ticket)),
    Column(_("Time zone"), lambda ticket: ticket.sector.timezone),
    Column(_("Closed by"), _closed_by),
    Column(_("Waiting time (s)"), lambda ticket: ticket.waiting_seconds),
    Column(_("Waiting time in work hours (s)"), lambda ticket: ticket.waiting_open_seconds),
    Column(_("First response (s)"), lambda ticket: ticket.first_response_seconds),
    Column(_("First response in work hours (s)"), lambda ticket: ticket.first_response_open_seconds),
    Column(_("Response time (s)"), lambda ticket: ticket.response_seconds),
    Column(_("Response time in work hours (s)"), lambda ticket: ticket.response_open_seconds),
    Column(_("Handling time (s)"), lambda ticket: ticket.handling_seconds),
    Column(_("Duration (s)"), _duration),
    Column(_("Transfers"), lambda ticket: ticket.transfer_count),
)


def file_name(project: Project) -> str:
    """Return the file's name without extension."""
    return f"{project.slug}-{timezone.now():%Y-%m-%d}"
