"""The lists on the left side of the desk; read-only, bounded, with a constant number of queries."""

import zoneinfo
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from core.text import by_name
from orgs.access import Member
from queues.models import AgentStatus, Queue, Status
from sectors.models import Sector
from tickets.models import Mention, Ticket

from .capacity import Capacity, capacities_of
from .waiting_targets import target_of

#: Limits of the lists. Of a queue only the first tickets are shown; the rest are counted.
MAX_MINE = 200
MAX_OTHERS = 50
MAX_CLOSED = 30
MAX_MENTIONED = 30
LINE_HEAD = 20


@dataclass
class WorklistItem:
    """A queue: how many wait, how many agents are online, its first tickets.

    ``target``: its sector's waiting target in minutes (None for none). ``full``: why the member can't take a ticket
    that they could otherwise (``takes``).
    """

    queue: Queue
    count: int
    online: int
    own: bool
    takes: bool
    target: int | None
    tickets: list[Ticket] = field(default_factory=list)
    full: str = ""

    @property
    def full_id(self) -> str:
        """The id of the element that says why no ticket can be taken; empty if one can."""
        return f"full-{self.queue.pk}" if self.full else ""

    @property
    def rest(self) -> int:
        """How many wait beyond those listed."""
        return max(self.count - len(self.tickets), 0)


@dataclass(frozen=True)
class Worklist:
    """The lists of one member. ``…_left_out``: how many are not listed (for ``mentioned`` and ``closed``, if any).

    ``capacities``: of the sectors on whose queues the member is, and where they have tickets.
    """

    mine: Sequence[Ticket]
    lines: list[WorklistItem]
    others: Sequence[Ticket]
    mentioned: list[Ticket]
    closed: list[Ticket]
    status: str
    is_agent: bool
    capacities: list[Capacity] = field(default_factory=list)
    mine_left_out: int = 0
    others_left_out: int = 0
    mentioned_left_out: bool = False
    closed_left_out: bool = False

    @property
    def mine_count(self) -> int:
        """How many tickets the member has."""
        return len(self.mine) + self.mine_left_out

    @property
    def others_count(self) -> int:
        """How many tickets others have."""
        return len(self.others) + self.others_left_out

    @property
    def unread(self) -> int:
        """Unread messages of contacts in the member's own tickets."""
        return sum(ticket.unread_count for ticket in self.mine)

    @property
    def waiting(self) -> int:
        """How many wait in all queues shown."""
        return sum(line.count for line in self.lines)

    @property
    def waiting_for_me(self) -> int:
        """How many wait in the member's own queues."""
        return sum(line.count for line in self.lines if line.own)

    @property
    def lines_in_use(self) -> list[WorklistItem]:
        """The queues that have waiting tickets."""
        return [line for line in self.lines if line.count]


def worklist(member: Member, now: datetime | None = None) -> Worklist:
    """Return the member's lists: own tickets, queues they see, others' tickets they watch, tickets they see by
    a mention, closed today.

    "Today" is the date in each ticket's sector. ``now`` is aware.
    """
    now = now or timezone.now()
    own = own_tickets(member, most=MAX_MINE + 1)
    status = AgentStatus.objects.filter(project=member.project, user=member.user).first()
    places = _places(member)
    capacities = capacities_of(member, _sectors_of(member, places, own))
    others, others_left_out = _others(member)
    mentioned = _mentioned(member, now)
    closed = _closed_today(member, now)
    return Worklist(
        mine=own[:MAX_MINE],
        mine_left_out=_left_out(own, MAX_MINE, Ticket.objects.attended_by(member)),
        lines=_lines(member, places, capacities),
        others=others,
        others_left_out=others_left_out,
        mentioned=mentioned[:MAX_MENTIONED],
        mentioned_left_out=len(mentioned) > MAX_MENTIONED,
        closed=closed[:MAX_CLOSED],
        closed_left_out=len(closed) > MAX_CLOSED,
        capacities=list(capacities.values()),
        status=status.status if status else Status.OFFLINE,
        is_agent=member.is_agent,
    )


def own_tickets(member: Member, *, most: int = MAX_MINE) -> list[Ticket]:
    """Return the member's active tickets, the longest unanswered first, at most ``most``."""
    tickets = Ticket.objects.attended_by(member).select_related("contact", "queue", "sector")
    return list(tickets.longest_unanswered_first()[:most])


def _left_out(rows: Sequence[Ticket], most: int, tickets: QuerySet[Ticket]) -> int:
    """Return how many tickets are beyond the first ``most``; they are counted only if there are any."""
    return tickets.order_by().count() - most if len(rows) > most else 0


def _sectors_of(member: Member, queues: Collection[Queue], own: Collection[Ticket]) -> list[Sector]:
    """Return the sectors where the member works: on whose queues they are, and of whose tickets they have."""
    sectors = {queue.sector_id: queue.sector for queue in queues if queue.pk in member.queue_ids}
    sectors |= {ticket.sector_id: ticket.sector for ticket in own}
    return list(sectors.values())


def _places(member: Member) -> list[Any]:
    """Return the queues the member sees, with their figures."""
    return list(
        Queue.objects.visible_to(member)
        .filter(archived_at=None, sector__archived_at=None)
        .select_related("sector")
        .annotate(
            waiting=waiting_count(OuterRef("pk")),
            online=online_count(OuterRef("pk")),
            target=target_of(OuterRef("sector")),
        )
        .order_by("sector__position", *by_name("sector__name"), "position", *by_name())
    )


def _lines(member: Member, queues: list[Any], capacities: Mapping[UUID, Capacity]) -> list[WorklistItem]:
    heads = _heads([queue.pk for queue in queues if queue.waiting])
    return [
        WorklistItem(
            queue=queue,
            count=queue.waiting,
            online=queue.online,
            own=queue.pk in member.queue_ids,
            takes=queue.pk in member.queue_ids or member.may_direct_tickets_of(queue.sector_id),
            target=queue.target,
            tickets=heads[queue.pk],
            full=""
            if member.may_direct_tickets_of(queue.sector_id) or queue.sector_id not in capacities
            else capacities[queue.sector_id].reason,
        )
        for queue in queues
    ]


def waiting_count(queue: OuterRef) -> Coalesce:
    """Return how many tickets wait in a queue, as an expression."""
    counted = Ticket.objects.waiting().filter(queue=queue).order_by().values("queue").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), Value(0))


def online_count(queue: OuterRef) -> Coalesce:
    """Return how many agents on a queue are online without an announced pause, as an expression."""
    counted: Any = (
        AgentStatus.objects.filter(
            status=Status.ONLINE,
            then_pause=False,
            project=OuterRef("sector__project"),
            user__queue_places__queue=queue,
        )
        .order_by()
        .values("project")
        .annotate(n=Count("pk"))
    )
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), Value(0))


def _heads(queue_ids: Collection[UUID]) -> dict[UUID, list[Ticket]]:
    """Return the first tickets of each queue, with ``line_position``."""
    heads: dict[UUID, list[Ticket]] = defaultdict(list)
    if not queue_ids:
        return heads
    place = Window(RowNumber(), partition_by="queue_id", order_by=["queued_at", "id"])
    rows: QuerySet[Ticket] = (
        Ticket.objects.waiting()
        .filter(queue__in=queue_ids)
        .annotate(line_position=place)
        .filter(line_position__lte=LINE_HEAD)
        .select_related("contact")
        .order_by("queued_at", "id")
    )
    for ticket in rows:
        heads[ticket.queue_id].append(ticket)
    return heads


def _others(member: Member) -> tuple[list[Ticket], int]:
    """Return other people's active tickets in the sectors the member manages, and how many are left out."""
    if not member.may_watch():
        return [], 0
    tickets = Ticket.objects.in_own_right(member).active().exclude(agent=member.user)
    rows = list(tickets.for_lists().longest_unanswered_first()[: MAX_OTHERS + 1])
    return rows[:MAX_OTHERS], _left_out(rows, MAX_OTHERS, tickets)


def _mentioned(member: Member, now: datetime) -> list[Ticket]:
    """Return the tickets seen only by a mention: the open ones, the newest mention first, then those closed today."""
    if member.sees_whole_project or not member.is_agent:
        return []
    newest = Mention.objects.filter(ticket=OuterRef("pk"), user=member.user).order_by("-created_at")
    rows = (
        Ticket.objects.only_by_mention(member)
        .filter(Q(closed_at=None) | Q(closed_at__gte=now - timedelta(days=1)))
        .annotate(mentioned_at=Subquery(newest.values("created_at")[:1]))
        .for_lists()
        .order_by(F("closed_at").desc(nulls_first=True), "-mentioned_at", "-id")[: MAX_MENTIONED + 1]
    )
    return [ticket for ticket in rows if not ticket.is_closed or _is_today(ticket, now)]


def _closed_today(member: Member, now: datetime) -> list[Ticket]:
    """Return tickets closed today of which the member was the last agent, newest first."""
    rows = (
        Ticket.objects.closed()
        .filter(project=member.project, agent=member.user, closed_at__gte=now - timedelta(days=1))
        .select_related("contact", "sector", "queue")
        .order_by("-closed_at", "-id")[: MAX_CLOSED + 1]
    )
    return [ticket for ticket in rows if _is_today(ticket, now)]


def _is_today(ticket: Ticket, now: datetime) -> bool:
    zone = zoneinfo.ZoneInfo(ticket.sector.timezone)
    closed_at = ticket.closed_at
    return closed_at is not None and closed_at.astimezone(zone).date() == now.astimezone(zone).date()
