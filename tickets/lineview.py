"""All lines that a member directs, as they are now: who waits where, since when, why (docs/desk.md, Lines)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.utils import timezone

from orgs.access import Member
from queues.models import Queue
from sectors.models import Sector

from .explain import AgentState, Waiting, agents_on
from .models import AttendanceRules, Ticket
from .querysets import TicketQuerySet
from .targets import target_of, tone_of
from .worklist import online_on, waiting_in

PAGE = 50
#: So many queues are listed beside the tickets; more are found by the filters.
MOST_QUEUES = 300


@dataclass
class Row:
    """A ticket that waits: its place in the line, why, and the sector's target in minutes (None: none)."""

    ticket: Ticket
    position: int
    waiting: Waiting
    target: int | None
    tone: str

    @property
    def ready(self) -> list[AgentState]:
        """Those on the queue who are online."""
        return [agent for agent in self.waiting.agents if agent.state in {"free", "full"}]


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a sector, a queue, only those over the target; where the page begins."""

    sector: UUID | None = None
    queue: UUID | None = None
    late: bool = False
    after: tuple[datetime, UUID] | None = None
    before: tuple[datetime, UUID] | None = None


@dataclass(frozen=True)
class Lines:
    """A page of those that wait, and the lines beside it."""

    rows: list[Row]
    newer: bool
    older: bool
    queues: list[Queue] = field(default_factory=list)

    @property
    def first(self) -> Ticket:
        """The page's first ticket."""
        return self.rows[0].ticket

    @property
    def last(self) -> Ticket:
        """The page's last ticket."""
        return self.rows[-1].ticket


def directed(member: Member) -> TicketQuerySet:
    """Return the tickets that wait in the lines a member directs."""
    tickets = Ticket.objects.visible_to(member).waiting()
    return tickets if member.sees_whole_project else tickets.filter(sector_id__in=member.managed_sector_ids)


def sectors_of(member: Member) -> Any:
    """Return the live sectors whose lines a member directs, in their order."""
    sectors = Sector.objects.live().filter(project=member.project)
    if not member.sees_whole_project:
        sectors = sectors.filter(pk__in=member.managed_sector_ids)
    return sectors.order_by("position", "name")


def queues_of(member: Member, sector: UUID | None) -> list[Queue]:
    """Return the live queues a member directs (of one sector), each with ``waiting``, ``online``, ``oldest`` (since
    when its first ticket waits) and ``target`` (minutes, of its sector); at most ``MOST_QUEUES``. One query."""
    queues = Queue.objects.filter(archived_at=None, sector__in=sectors_of(member).values("pk"))
    if sector is not None:
        queues = queues.filter(sector=sector)
    line = Ticket.objects.waiting().filter(queue=OuterRef("pk")).order_by()
    return list(
        queues.select_related("sector")
        .annotate(
            waiting=waiting_in(OuterRef("pk")),
            online=online_on(OuterRef("pk")),
            oldest=Subquery(
                line.values("queue").annotate(first=Min("queued_at")).values("first"), output_field=DateTimeField()
            ),
            target=target_of(OuterRef("sector")),
        )
        .order_by("sector__position", "sector__name", "position", "name")[:MOST_QUEUES]
    )


def lines(member: Member, asked: Asked, now: datetime | None = None) -> Lines:
    """Return the page asked for, the longest wait first; the same number of queries whatever it holds."""
    now = now or timezone.now()
    tickets = _filtered(directed(member), asked, now)
    found, newer, older = _page(tickets, asked)
    targets = dict(
        AttendanceRules.objects.filter(sector__in={ticket.sector_id for ticket in found}).values_list(
            "sector_id", "waiting_target"
        )
    )
    queues = {ticket.queue_id: ticket.queue for ticket in found}
    for ticket in found:
        ticket.queue.sector = ticket.sector
    agents = agents_on(list(queues.values()))
    places = _ahead(found) if newer or asked.after or asked.before else defaultdict(int)
    rows = []
    for ticket in found:
        places[ticket.queue_id] += 1
        place, target = places[ticket.queue_id], targets.get(ticket.sector_id)
        why = Waiting(place, agents[ticket.queue_id])
        rows.append(Row(ticket, place, why, target, tone_of(ticket.queued_at, target, now)))
    return Lines(rows, newer, older)


def _filtered(tickets: TicketQuerySet, asked: Asked, now: datetime) -> TicketQuerySet:
    if asked.sector:
        tickets = tickets.filter(sector=asked.sector)
    if asked.queue:
        tickets = tickets.filter(queue=asked.queue)
    if asked.late:
        minutes = F("sector__attendance_rules__waiting_target") * Value(timedelta(minutes=1))
        tickets = tickets.filter(
            queued_at__lte=ExpressionWrapper(
                Value(now) - ExpressionWrapper(minutes, output_field=DurationField()), output_field=DateTimeField()
            )
        )
    return tickets


def _page(tickets: TicketQuerySet, asked: Asked) -> tuple[list[Ticket], bool, bool]:
    """Return the tickets of the page, and whether there are others before and behind it."""
    tickets = tickets.select_related("contact", "queue", "sector")
    if asked.before:
        at, pk = asked.before
        rows = tickets.filter(Q(queued_at__lt=at) | Q(queued_at=at, pk__lt=pk)).order_by("-queued_at", "-id")
        found = list(rows[: PAGE + 1])
        return found[:PAGE][::-1], len(found) > PAGE, True
    if asked.after:
        at, pk = asked.after
        tickets = tickets.filter(Q(queued_at__gt=at) | Q(queued_at=at, pk__gt=pk))
    found = list(tickets.order_by("queued_at", "id")[: PAGE + 1])
    return found[:PAGE], asked.after is not None, len(found) > PAGE


def _ahead(found: Sequence[Ticket]) -> dict[UUID, int]:
    """Return how many wait ahead of the page in each of its queues: behind them its tickets follow one another."""
    places: dict[UUID, int] = defaultdict(int)
    firsts: dict[UUID, Ticket] = {}
    for ticket in found:
        firsts.setdefault(ticket.queue_id, ticket)
    if not firsts:
        return places
    ahead = Q()
    for queue, first in firsts.items():
        ahead |= Q(queue=queue, queued_at__lt=first.queued_at) | Q(
            queue=queue, queued_at=first.queued_at, pk__lt=first.pk
        )
    counted = Ticket.objects.waiting().filter(ahead).order_by().values("queue").annotate(n=Count("pk"))
    places.update({row["queue"]: row["n"] for row in counted})
    return places
