"""The tickets a member directs, live (docs/desk.md, Lines): waiting ones with where, since when and why; active ones
with their agent and the contact's wait for an answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from uuid import UUID

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.pagination import Key, Keyset, Page
from core.sorting import Sorting
from core.text import by_name
from orgs.access import Member
from orgs.models import User
from orgs.querysets import PeopleQuerySet, by_person, shown_name
from queues.models import Queue, QueueAgent
from sectors.models import Sector
from tickets.desk.waiting_targets import target_of, tone_of
from tickets.desk.worklist import online_count, waiting_count
from tickets.models import AttendanceRules, Ticket
from tickets.models.querysets import TicketQuerySet
from tickets.routing.agent_states import AgentState, agents_on
from tickets.routing.explain import WaitingReason

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

PAGE = 50
#: Queues listed beside the tickets; the filters find the rest.
MAX_QUEUES = 300
#: People listed beside the tickets.
MAX_AGENTS = MAX_QUEUES

#: Both ways along ``ticket_waiting`` and ``ticket_unanswered``.
WAITING = Sorting("waiting", times=["waiting"], waiting=Keyset("queued_at", "id"))
#: Answered tickets come after all others, or before them.
ACTIVE = Sorting(
    "unanswered",
    times=["unanswered"],
    unanswered=Keyset("unanswered_since", "id", nullable=["unanswered_since"]),
)


@dataclass(frozen=True)
class ActiveTicket:
    """A ticket with an agent; ``own``: the member is the agent."""

    ticket: Ticket
    own: bool


@dataclass(frozen=True)
class WaitingTicket:
    """A waiting ticket: its position, why it waits, and the sector's target in minutes (None for none)."""

    ticket: Ticket
    position: int
    waiting: WaitingReason
    target: int | None
    tone: str

    @property
    def ready(self) -> list[AgentState]:
        """Agents on its queue who are online, the first few."""
        return [agent for agent in self.waiting.agents if agent.state in {"free", "full"}]

    @property
    def online(self) -> int:
        """How many agents on its queue are online."""
        states = self.waiting.found.states
        return states["free"] + states["full"]

    @property
    def on_queue(self) -> int:
        """How many agents are on its queue."""
        return self.waiting.found.states.total()


@dataclass(frozen=True)
class OverviewFilter:
    """The filters and the position of the page, from the query string.

    ``late`` limits waiting tickets to those over their target, ``agent`` active ones to one agent. A key's time is
    None among tickets that wait for no answer. ``newest``: the shortest wait comes first.
    """

    sector: UUID | None = None
    queue: UUID | None = None
    agent: UUID | None = None
    late: bool = False
    after: Key | None = None
    before: Key | None = None
    newest: bool = False


AnyRow = TypeVar("AnyRow", WaitingTicket, ActiveTicket)


@dataclass(frozen=True)
class OverviewPage(Generic[AnyRow]):
    """A page of tickets, and whether there are others before and after it."""

    rows: list[AnyRow]
    newer: bool
    older: bool

    @property
    def first(self) -> Ticket:
        return self.rows[0].ticket

    @property
    def last(self) -> Ticket:
        return self.rows[-1].ticket


def managed_tickets(member: Member) -> TicketQuerySet:
    """Return the tickets that a member directs."""
    tickets = Ticket.objects.visible_to(member)
    return tickets if member.sees_whole_project else tickets.filter(sector_id__in=member.managed_sector_ids)


def sectors_of(member: Member) -> Any:
    """Return the live sectors a member directs, in their order."""
    sectors = Sector.objects.live().filter(project=member.project)
    if not member.sees_whole_project:
        sectors = sectors.filter(pk__in=member.managed_sector_ids)
    return sectors.order_by("position", *by_name())


class QueueFigures(TypedDict):
    """What ``queues_of`` adds to a queue."""

    waiting: int
    online: int
    oldest: datetime | None
    target: int | None


def queues_of(member: Member, sector: UUID | None) -> "list[WithAnnotations[Queue, QueueFigures]]":
    """Return the live queues a member directs (of one sector); at most ``MAX_QUEUES``. One query.

    Each has ``waiting``, ``online``, ``oldest`` (since when its first ticket waits) and ``target`` (its sector's, in
    minutes).
    """
    queues = Queue.objects.filter(archived_at=None, sector__in=sectors_of(member).values("pk"))
    if sector is not None:
        queues = queues.filter(sector=sector)
    line = Ticket.objects.waiting().filter(queue=OuterRef("pk")).order_by()
    return list(
        queues.select_related("sector")
        .annotate(
            waiting=waiting_count(OuterRef("pk")),
            online=online_count(OuterRef("pk")),
            oldest=Subquery(
                line.values("queue").annotate(first=Min("queued_at")).values("first"), output_field=DateTimeField()
            ),
            target=target_of(OuterRef("sector")),
        )
        .order_by("sector__position", *by_name("sector__name"), "position", *by_name())[:MAX_QUEUES]
    )


def people_in_scope(member: Member, sector: UUID | None, queue: UUID | None) -> PeopleQuerySet:
    """Return people on the queues a member directs, or with tickets there (of one sector, one queue), by name."""
    queues = Queue.objects.filter(archived_at=None, sector__in=sectors_of(member).values("pk"))
    if sector is not None:
        queues = queues.filter(sector=sector)
    if queue is not None:
        queues = queues.filter(pk=queue)
    places = QueueAgent.objects.filter(user=OuterRef("pk"), queue__in=queues.values("pk"))
    tickets = _active(member, sector, queue).filter(agent=OuterRef("pk"))
    return User.objects.filter(Exists(places) | Exists(tickets)).order_by(*by_person())


def busy_agents(member: Member, sector: UUID | None, queue: UUID | None) -> list[User]:
    """Return people with active tickets that a member directs (of one sector, one queue), by name. One query.

    Each has ``active`` (how many), ``unanswered`` (how many of them wait for an answer) and ``oldest`` (since when
    the first of these does). At most ``MAX_AGENTS``, those with the most tickets.
    """
    tickets = _active(member, sector, queue).filter(agent=OuterRef("pk"))
    of_each = tickets.values("agent").annotate(
        n=Count("pk"), unanswered=Count("unanswered_since"), first=Min("unanswered_since")
    )

    def number(name: str) -> Coalesce:
        return Coalesce(Subquery(of_each.values(name), output_field=IntegerField()), Value(0))

    busy = (
        User.objects.filter(Exists(tickets))
        .annotate(
            active=number("n"),
            unanswered=number("unanswered"),
            oldest=Subquery(of_each.values("first"), output_field=DateTimeField()),
            folded=shown_name(),
        )
        .order_by("-active", *by_person())
    )
    return sorted(busy[:MAX_AGENTS], key=lambda user: (user.folded, user.email))


def active_total(member: Member, sector: UUID | None, queue: UUID | None) -> int:
    """Return how many active tickets a member directs (of one sector, one queue)."""
    return _active(member, sector, queue).count()


def waiting_total(member: Member, sector: UUID | None) -> int:
    """Return how many tickets wait that a member directs (of one sector)."""
    asked = OverviewFilter(sector=sector)
    return _filtered(managed_tickets(member).waiting(), asked, timezone.now()).order_by().count()


def _active(member: Member, sector: UUID | None, queue: UUID | None) -> TicketQuerySet:
    asked = OverviewFilter(sector=sector, queue=queue)
    return _filtered(managed_tickets(member).active(), asked, timezone.now()).order_by()


def active_page(member: Member, asked: OverviewFilter) -> OverviewPage[ActiveTicket]:
    """Return a page of active tickets, the longest wait for an answer first, or last. One query.

    Tickets without such a wait come after them, in the order of opening.
    """
    tickets = _filtered(managed_tickets(member).active(), asked, timezone.now()).select_related("agent")
    page = _page(tickets, asked, ACTIVE)
    rows = [ActiveTicket(ticket, ticket.agent_id == member.user.pk) for ticket in page.rows]
    return OverviewPage(rows, page.has_previous, page.has_next)


def waiting_page(member: Member, asked: OverviewFilter, now: datetime | None = None) -> OverviewPage[WaitingTicket]:
    """Return a page of waiting tickets, the longest wait first, or last. Constant number of queries.

    ``now`` is aware.
    """
    now = now or timezone.now()
    tickets = _filtered(managed_tickets(member).waiting(), asked, now)
    page = _page(tickets, asked, WAITING)
    found = page.rows
    targets = dict(
        AttendanceRules.objects.filter(sector__in={ticket.sector_id for ticket in found}).values_list(
            "sector_id", "waiting_target"
        )
    )
    queues = {ticket.queue_id: ticket.queue for ticket in found}
    for ticket in found:
        ticket.queue.sector = ticket.sector
    agents = agents_on(list(queues.values()))
    places = _places(found, asked, from_start=not (page.has_previous or asked.after or asked.before))
    rows = []
    for ticket in found:
        place, target = places[ticket.pk], targets.get(ticket.sector_id)
        why = WaitingReason(place, agents[ticket.queue_id])
        rows.append(WaitingTicket(ticket, place, why, target, tone_of(ticket.queued_at, target, now)))
    return OverviewPage(rows, page.has_previous, page.has_next)


def _filtered(tickets: TicketQuerySet, asked: OverviewFilter, now: datetime) -> TicketQuerySet:
    if asked.sector:
        tickets = tickets.filter(sector=asked.sector)
    if asked.queue:
        tickets = tickets.filter(queue=asked.queue)
    if asked.agent:
        tickets = tickets.filter(agent=asked.agent)
    if asked.late:
        minutes = F("sector__attendance_rules__waiting_target") * Value(timedelta(minutes=1))
        tickets = tickets.filter(
            queued_at__lte=ExpressionWrapper(
                Value(now) - ExpressionWrapper(minutes, output_field=DurationField()), output_field=DateTimeField()
            )
        )
    return tickets


def _page(tickets: TicketQuerySet, asked: OverviewFilter, sorting: Sorting) -> Page[Ticket]:
    tickets = tickets.select_related("contact", "queue", "sector")
    keyset = sorting.keysets[f"-{sorting.usual}" if asked.newest else sorting.usual]
    return keyset.page(tickets, PAGE, after=asked.after, before=asked.before)


def _places(found: Sequence[Ticket], asked: OverviewFilter, *, from_start: bool) -> dict[UUID, int]:
    """Return the position of each ticket of a page in its queue, of which the page has consecutive ones."""
    counted: dict[UUID, int] = defaultdict(int) if from_start and not asked.newest else _ahead(found)
    step = -1 if asked.newest else 1
    places = {}
    for ticket in found:
        places[ticket.pk] = counted[ticket.queue_id] + 1
        counted[ticket.queue_id] += step
    return places


def _ahead(found: Sequence[Ticket]) -> dict[UUID, int]:
    """Return how many tickets wait ahead of the page in each of its queues; on the page they are consecutive."""
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
