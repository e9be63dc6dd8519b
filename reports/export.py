"""Export of history, read page by page by key, so memory and locks stay constant."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.errors import Invalid
from core.exports import Cell, Column, cells, column_names
from core.numbers import grouped
from core.pagination import bounded_count
from orgs.access.current import member_now
from orgs.models import Project
from tickets.conversation.event_texts import closed_by, closings
from tickets.conversation.transcript import contact_name
from tickets.models import Ticket
from tickets.templatetags.desk import as_fields

from .filters import Selection

#: Tickets per query.
CHUNK = 1_000
#: Tickets of an XLSX file, which is written whole before the first byte is sent.
MAX_XLSX = 10_000


def rows(selection: Selection) -> Iterator[list[Cell]]:
    """Yield the header, then a row for each ticket that history lists, in its order."""
    yield column_names(COLUMNS)
    for part in selection.order.parts(lambda: _listed_now(selection), CHUNK):
        for ticket in part:
            yield cells(COLUMNS, ticket)


def check_xlsx(selection: Selection) -> None:
    """Raise Invalid if there are more tickets than an XLSX file is written for."""
    if bounded_count(selection.listed(), MAX_XLSX) > MAX_XLSX:
        raise Invalid(
            _("An Excel file holds at most %(most)s tickets. Choose fewer days, or download the CSV file.")
            % {"most": grouped(MAX_XLSX)},
            code="too_many_tickets",
        )


def _listed_now(selection: Selection) -> QuerySet[Ticket]:
    """Return the selected tickets under the member's current rights.

    Raises NotAllowed if the member no longer belongs to the project.
    """
    now = replace(selection, member=member_now(selection.member))
    return now.listed().for_lists().select_related("closed_by").prefetch_related("tags", closings())


def _fields(values: object) -> str:
    """Return custom fields as one text; most of a flow's fields are its own, and few tickets have them."""
    return "; ".join(f"{name}: {value}" for name, value in as_fields(values))


def _duration(ticket: Ticket) -> float | None:
    return (ticket.closed_at - ticket.opened_at).total_seconds() if ticket.closed_at else None


def _time(moment: datetime | None, ticket: Ticket) -> datetime | None:
    """Return an instant as the wall clock of the ticket's sector showed it, to the second."""
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(ticket.sector.timezone)).replace(microsecond=0, tzinfo=None)


COLUMNS: tuple[Column[Ticket], ...] = (
    Column(_("Protocol"), lambda ticket: ticket.protocol),
    Column(_("Ticket"), lambda ticket: str(ticket.pk)),
    Column(_("Status"), lambda ticket: str(ticket.get_status_display())),
    Column(_("Contact"), contact_name),
    Column(_("URN"), lambda ticket: ticket.urn_to_show),
    Column(_("Phone"), lambda ticket: "" if ticket.is_anon else ticket.contact.phone),
    Column(_("E-mail"), lambda ticket: ticket.email_to_show),
    Column(_("Sector"), lambda ticket: ticket.sector.name),
    Column(_("Queue"), lambda ticket: ticket.queue.name),
    Column(_("Agent"), lambda ticket: ticket.agent.name if ticket.agent else ""),
    Column(_("Tags"), lambda ticket: ", ".join(tag.name for tag in ticket.tags.all())),
    Column(pgettext_lazy("when", "Opened"), lambda ticket: _time(ticket.opened_at, ticket)),
    Column(_("Assigned"), lambda ticket: _time(ticket.assigned_at, ticket)),
    Column(pgettext_lazy("when", "Closed"), lambda ticket: _time(ticket.closed_at, ticket)),
    Column(_("Time zone"), lambda ticket: ticket.sector.timezone),
    Column(_("Closed by"), closed_by),
    Column(_("Waiting time (s)"), lambda ticket: ticket.waiting_seconds),
    Column(_("Waiting time in work hours (s)"), lambda ticket: ticket.waiting_open_seconds),
    Column(_("First response (s)"), lambda ticket: ticket.first_response_seconds),
    Column(_("First response in work hours (s)"), lambda ticket: ticket.first_response_open_seconds),
    Column(_("Response time (s)"), lambda ticket: ticket.response_seconds),
    Column(_("Response time in work hours (s)"), lambda ticket: ticket.response_open_seconds),
    Column(_("Handling time (s)"), lambda ticket: ticket.handling_seconds),
    Column(_("Duration (s)"), _duration),
    Column(_("Transfers"), lambda ticket: ticket.transfer_count),
    Column(_("Contact’s fields"), lambda ticket: _fields(ticket.contact.custom_fields)),
    Column(_("Ticket’s fields"), lambda ticket: _fields(ticket.custom_fields)),
)


def file_name(project: Project) -> str:
    """Return the file's name without extension."""
    return f"{project.slug}-{timezone.now():%Y-%m-%d}"
