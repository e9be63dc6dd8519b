"""The filters of history and dashboard: parsed from the URL, limited to what the member may see.

``Filters`` is the query; ``Selection.closed()`` and ``Selection.opened()`` return its tickets, and
``Filters.query()`` serializes it to a URL, so that each figure links to its tickets.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from core.pagination import Keyset
from core.text import holds_text, plain
from orgs.access import Member
from tickets.models import Assignment, Contact, Message, MessageKind, TicketTag
from tickets.models.querysets import TicketQuerySet

from .db_functions import local_hour, local_weekday
from .filter_choices import visible_tickets, zones_of

#: Subsets of tickets that a figure may count, with their labels.
ONLY = {
    "abandoned": _("closed before anyone was assigned"),
    "attended": _("handled by a person"),
    "answered": _("answered by a person"),
    "unanswered": _("never answered by a person"),
    "transferred": _("transferred at least once"),
    "flow": _("closed by the flow"),
    "nobody": _("without an agent at the end"),
}
_ONLY: dict[str, Q] = {
    "abandoned": Q(assigned_at=None),
    "attended": Q(assigned_at__isnull=False),
    "answered": Q(first_response_at__isnull=False),
    "unanswered": Q(first_response_at=None),
    "transferred": Q(transfer_count__gt=0),
    "flow": Q(closed_by_flow=True),
    "nobody": Q(agent=None),
}


@dataclass(frozen=True)
class Filters:
    """A query on past tickets. Dates are in the zone of each ticket's sector, both inclusive.

    ``counted``: whether the dates apply to closing or opening. ``agent`` is the last agent; ``with_agents`` all had
    the ticket at some time. ``also`` are tags required besides ``tags``; each of ``only`` must be true. Links from
    figures add to these tuples, so they narrow the query instead of replacing parts of it. Empty values don't filter.
    ``order``: ``newest`` or ``oldest`` first, by the date that ``counted`` names.
    """

    tags: tuple[UUID, ...] = ()
    match: str = "any"
    also: tuple[UUID, ...] = ()
    sector: UUID | None = None
    queue: UUID | None = None
    agent: UUID | None = None
    with_agents: tuple[UUID, ...] = ()
    start: date | None = None
    end: date | None = None
    counted: str = "closed"
    order: str = "newest"
    weekday: int | None = None
    hour: int | None = None
    contact: str = ""
    protocol: str = ""
    text: str = ""
    only: tuple[str, ...] = ()

    def but(self, **changes: Any) -> "Filters":
        """Return a copy with some fields replaced."""
        return replace(self, **changes)

    def and_also(self, **more: Any) -> "Filters":
        """Return a narrower copy: values are added to ``also``, ``with_agents`` or ``only``."""
        added: dict[str, Any] = {
            name: tuple(dict.fromkeys((*getattr(self, name), value))) for name, value in more.items()
        }
        return replace(self, **added)

    def query(self) -> str:
        """Return the query string, without empty fields."""
        values: dict[str, Any] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            if value in ((), "", None) or value == part.default:
                continue
            values[NAMES.get(part.name, part.name)] = value if isinstance(value, tuple) else str(value)
        return urlencode(values, doseq=True)

    @property
    def asks(self) -> bool:
        """Whether any filter is set; the order is none."""
        return self.but(order="newest") != Filters()

    @property
    def count(self) -> int:
        """How many filters are set, as people count them: the days of a period are one, and so are the tags."""
        single = (self.tags, self.sector, self.queue, self.agent, self.start or self.end, self.contact, self.protocol)
        further = (self.text, self.weekday is not None, self.hour is not None)
        return sum(map(bool, single + further)) + len(self.also) + len(self.with_agents) + len(self.only)

    @property
    def is_oldest_first(self) -> bool:
        return self.order == "oldest"


#: Query parameters whose name differs from the field's.
NAMES = {"start": "from", "end": "to", "with_agents": "attended"}


@dataclass
class Selection:
    """A member's query: the tickets it selects among those the member may see."""

    member: Member
    filters: Filters
    zones: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look up the time zones of the project's sectors: one query."""
        self.zones = self.zones or zones_of(self.member)

    def closed(self) -> TicketQuerySet:
        """Return the selected closed tickets, by date of closing."""
        return self._within("closed_at").filter(status="closed")

    def opened(self) -> TicketQuerySet:
        """Return the selected tickets by date of opening, whatever their status."""
        return self._within("opened_at")

    def listed(self) -> TicketQuerySet:
        """Return the tickets that history lists."""
        return self.opened() if self.filters.counted == "opened" else self.closed()

    def _within(self, column: str) -> TicketQuerySet:
        f = self.filters
        # To the end of the last day.
        before = f.end + timedelta(days=1) if f.end else None
        tickets = visible_tickets(self.member).within_days(column, self.zones, start=f.start, before=before)
        if f.weekday is not None:
            tickets = tickets.alias(weekday=local_weekday(column)).filter(weekday=f.weekday)
        if f.hour is not None:
            tickets = tickets.alias(hour=local_hour(column)).filter(hour=f.hour)
        for name in ("sector", "queue", "agent"):
            if value := getattr(f, name):
                tickets = tickets.filter(**{name: value})
        for agent in f.with_agents:
            tickets = tickets.filter(Exists(Assignment.objects.filter(ticket=OuterRef("pk"), agent=agent)))
        for word in f.only:
            tickets = tickets.filter(_ONLY[word])
        return self._words(self._tagged(tickets))

    @property
    def order(self) -> Keyset:
        """The ordering of history: by the date that the filter applies to, so that one index serves both."""
        way = "" if self.filters.is_oldest_first else "-"
        return Keyset(f"{way}{self.filters.counted}_at", f"{way}id")

    def _tagged(self, tickets: TicketQuerySet) -> TicketQuerySet:
        f = self.filters
        wanted = [(tag,) for tag in f.tags] if f.match == "all" else [f.tags] if f.tags else []
        wanted += [(tag,) for tag in f.also]
        for some in wanted:
            tickets = tickets.filter(Exists(TicketTag.objects.filter(ticket=OuterRef("pk"), tag__in=some)))
        return tickets

    def _words(self, tickets: TicketQuerySet) -> TicketQuerySet:
        f = self.filters
        if f.contact:
            tickets = tickets.filter(contact_like(self.member, f.contact))
        if f.protocol:
            tickets = tickets.filter(protocol__istartswith=plain(f.protocol))
        if f.text:
            # Automatic messages would match every ticket.
            said = Message.objects.exclude(kind=MessageKind.AUTOMATIC).filter(
                holds_text("text", f.text), ticket__project=self.member.project
            )
            tickets = tickets.filter(pk__in=said.values("ticket"))
        return tickets


def contact_like(member: Member, words: str) -> Q:
    """Return the condition on the contact's name, address or phone number; it holds for all tickets of the person.

    Anonymous tickets match by their own contact's name alone: anything else would reveal the URN.
    """
    contacts = Contact.objects.filter(project=member.project)
    by_name, people = contacts.named(words), contacts.matching(words).shown()
    return Q(contact__in=by_name.values("pk")) | Q(is_anon=False, main_contact__in=people.values("main"))
