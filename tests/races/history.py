"""What must be true of the history of a project, at every moment of it (docs/rules.md, Routing).

Everything is read again from what was recorded: segments, stays, statuses, the audit log. Times of one sector are
taken under its lock, so their order is the order of what happened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from orgs.models import AuditEntry, Project
from queues.models import QueueAgent, Status, StatusChange
from sectors.models import Sector
from tickets.models import Assignment, QueueStay, SweepCatch, Ticket

from .storm import Report, Storm

#: A step is not over in no time; longer than this nobody waits beside somebody who is free (product: one second).
MOMENT = timedelta(seconds=1)


@dataclass
class Wait:
    """A stay in a line, with the time that its place went by."""

    ticket: UUID
    queue: UUID
    joined: datetime
    entered: datetime
    left: datetime | None

    def is_on(self, at: datetime) -> bool:
        return self.entered <= at and (self.left is None or self.left > at)


@dataclass
class History:
    """Segments, stays and limits of a project."""

    project: Project
    #: So long somebody may be free beside a line: as long as a step takes there.
    moment: timedelta = MOMENT
    tickets: dict[UUID, Ticket] = field(init=False)
    segments: list[Assignment] = field(init=False)
    waits: list[Wait] = field(init=False)
    limits: dict[UUID, list[tuple[datetime, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.tickets = {t.pk: t for t in Ticket.objects.filter(project=self.project)}
        self.segments = list(Assignment.objects.filter(ticket__project=self.project).order_by("started_at", "id"))
        self.waits = list(self._waits())
        self.limits = self._limits()

    def _waits(self) -> Iterable[Wait]:
        returned = {(s.ticket_id, s.ended_at) for s in self.segments if s.ended == Assignment.Ended.RETURNED}
        joined: dict[UUID, datetime] = {}
        for stay in QueueStay.objects.filter(ticket__project=self.project).order_by("entered_at", "id"):
            if (stay.ticket_id, stay.entered_at) not in returned:
                joined[stay.ticket_id] = stay.entered_at
            yield Wait(stay.ticket_id, stay.queue_id, joined[stay.ticket_id], stay.entered_at, stay.left_at)

    def _limits(self) -> dict[UUID, list[tuple[datetime, int]]]:
        """Each sector's limits: from when which one, the first from ever."""
        found = {}
        changes = AuditEntry.objects.filter(project=self.project, action="sector.changed").order_by("at", "id")
        for sector in Sector.objects.filter(project=self.project):
            mine = [e for e in changes if str(e.target_id) == str(sector.pk) and "ticket_limit" in e.after]
            first = mine[0].before["ticket_limit"] if mine else sector.ticket_limit
            found[sector.pk] = [(None, first), *((e.at, e.after["ticket_limit"]) for e in mine)]
        return found

    def limit(self, sector: UUID, at: datetime) -> int:
        return next(limit for since, limit in reversed(self.limits[sector]) if since is None or since <= at)

    # What is wrong with it

    def gaps(self) -> list[str]:
        """Tickets that were for a moment with nobody and in no line, or with two: lost, or doubled."""
        pieces: dict[UUID, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        for wait in self.waits:
            pieces[wait.ticket].append((wait.entered, wait.left))
        for segment in self.segments:
            pieces[segment.ticket_id].append((segment.started_at, segment.ended_at))
        wrong = []
        for pk, ticket in self.tickets.items():
            # Of two that begin at the same time the one that ends then comes first.
            found = sorted(pieces[pk], key=lambda piece: (piece[0], piece[1] is None, piece[1] or piece[0]))
            ends = [ticket.opened_at, *(end for _start, end in found)]
            starts = [*(start for start, _end in found), ticket.closed_at]
            if ends != starts:
                wrong.append(f"{ticket}: begins {starts}, ends {ends}")
        return wrong

    def broken_limits(self) -> list[str]:
        """Starts of segments, nobody having said *over the limit*, with which somebody had too many."""
        wrong = []
        for _key, mine in self._by_agent().items():
            for segment in (s for s in mine if not s.over_limit):
                at = segment.started_at
                load = sum(s.started_at <= at and (s.ended_at is None or s.ended_at > at) for s in mine)
                if load > self.limit(segment.sector_id, at):
                    wrong.append(f"{segment}: {load} of {self.limit(segment.sector_id, at)}")
        return wrong

    def shared_seats(self) -> list[str]:
        """Seats that two tickets had at once."""
        wrong = []
        for _key, mine in self._by_agent().items():
            until: dict[int, Assignment] = {}
            for segment in mine:
                before = until.get(segment.seat)
                if before is not None and (before.ended_at is None or before.ended_at > segment.started_at):
                    wrong.append(f"{before} and {segment} on seat {segment.seat}")
                until[segment.seat] = segment
        return wrong

    def wrong_facts(self) -> list[str]:
        """Assignments by routing whose recorded load is not the one that the history has."""
        wrong = []
        for _key, mine in self._by_agent().items():
            for segment in (s for s in mine if "load" in s.reason):
                at = segment.started_at
                before = sum(s.started_at < at and (s.ended_at is None or s.ended_at > at) for s in mine)
                same = sum(s.started_at == at and s.reason.get("load", 0) < segment.reason["load"] for s in mine)
                if before + same != segment.reason["load"]:
                    wrong.append(f"{segment}: {segment.reason['load']} recorded, {before + same} found")
        return wrong

    def _by_agent(self) -> dict[tuple[UUID, UUID], list[Assignment]]:
        found = defaultdict(list)
        for segment in self.segments:
            found[segment.sector_id, segment.agent_id].append(segment)
        return found

    def overtaken(self, settled: Iterable[UUID]) -> list[str]:
        """Assignments by routing while somebody waited who had come earlier: in the same line, or in another one of
        the agent's, for agents who have not changed queues (``settled``)."""
        places = defaultdict(set)
        for queue, user in QueueAgent.objects.filter(user__in=settled).values_list("queue", "user"):
            places[user].add(queue)
        sector = dict(Sector.objects.filter(project=self.project).values_list("queues", "pk"))
        by_queue = defaultdict(list)
        for wait in self.waits:
            by_queue[wait.queue].append(wait)
        left = {(w.ticket, w.left): w for w in self.waits}
        wrong = []
        for segment in (s for s in self.segments if "load" in s.reason and not s.reason["asked_for"]):
            mine = left[segment.ticket_id, segment.started_at]
            queues = {mine.queue, *places[segment.agent_id]}
            for queue in (q for q in queues if sector[q] == segment.sector_id):
                wrong += [
                    f"{segment} came before {other}"
                    for other in by_queue[queue]
                    if other.joined < mine.joined and other.is_on(segment.started_at)
                ]
        return wrong

    def idle_beside_a_line(self, settled: Iterable[UUID]) -> list[str]:
        """Times in which a settled agent was online and below the limit while a ticket of their queues waited."""
        sector_of = {queue: sector for sector, queue in Sector.objects.filter(project=self.project).values_list(
            "pk", "queues")}  # fmt: skip
        by_queue, by_agent = defaultdict(list), self._by_agent()
        for wait in self.waits:
            by_queue[wait.queue].append(wait)
        places = defaultdict(list)
        for queue, user in QueueAgent.objects.filter(user__in=settled).values_list("queue", "user"):
            places[user, sector_of[queue]].append(queue)
        wrong = []
        for (user, sector), queues in places.items():
            rows = StatusChange.objects.filter(project=self.project, user=user, status=Status.ONLINE)
            changes = [("online", row.started_at, row.ended_at) for row in rows]
            changes += [("load", s.started_at, s.ended_at) for s in by_agent[sector, user]]
            changes += [("waiting", w.entered, w.left) for queue in queues for w in by_queue[queue]]
            wrong += self._idle(user, sector, changes)
        return wrong

    def _idle(self, user: UUID, sector: UUID, changes: list[tuple[str, datetime, datetime | None]]) -> list[str]:
        """Go through the times at which one of the facts changed and look at what is so until the next."""
        steps = defaultdict(Counter)
        for what, begin, end in changes:
            steps[begin][what] += 1
            if end is not None:
                steps[end][what] -= 1
        for at, _limit in self.limits[sector][1:]:
            steps[at]["limit"] += 0
        facts: Counter[str] = Counter()
        wrong = []
        since: datetime | None = None
        for at, then in pairwise(sorted(steps)):
            for what, difference in steps[at].items():
                facts[what] += difference
            idle = facts["online"] and facts["waiting"] and facts["load"] < self.limit(sector, at)
            since = (since or at) if idle else None
            if since is not None and then - since > self.moment:
                wrong.append(f"{user} was free from {since} to {then} while tickets waited")
        return wrong


def findings(storm: Storm, report: Report, arrivals: int, moment: timedelta = MOMENT) -> dict[str, list]:
    """Ask for everything that the rules exclude; each list should be empty."""
    project = storm.desk.project
    history = History(project, moment)
    movers = {user.pk for user in storm.movers}
    settled = [user.pk for user in storm.agents if user.pk not in movers]
    present = Counter(report.opened)
    return {
        "faults and deadlocks": report.faults,
        "tickets lost": sorted(set(report.opened) ^ set(history.tickets)) + [0] * (arrivals - len(report.opened)),
        "tickets doubled": [pk for pk, count in present.items() if count > 1],
        "moments in which a ticket was nowhere or in two places": history.gaps(),
        "broken limits": history.broken_limits(),
        "seats taken twice": history.shared_seats(),
        "reasons that the history does not show": history.wrong_facts(),
        "tickets overtaken": history.overtaken(settled),
        "agents idle beside a line": history.idle_beside_a_line(settled),
        "caught by the sweep": list(SweepCatch.objects.filter(sector__project=project)),
    }
