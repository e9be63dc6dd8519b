"""What the model of routing is made of: names and times instead of rows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

ONLINE, PAUSED, OFFLINE = "online", "paused", "offline"
WAITING, ACTIVE, CLOSED = "waiting", "active", "closed"
GRACE = timedelta(seconds=60)


class Refused(Exception):
    """What was asked for is against a rule; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Sector:
    """``give_back``, ``move_on``, ``warn`` and ``close_silent`` are minutes; ``ruled``: their last change."""

    limit: int
    give_back: int | None = None
    move_on: int | None = None
    warn: int | None = None
    close_silent: int | None = None
    ruled: datetime | None = None
    open: bool = True
    archived: bool = False


@dataclass
class Queue:
    """``position``: its place in the sector's list."""

    sector: str
    position: int = 0
    on_hold: bool = False
    max_waiting: int | None = None
    archived: bool = False


@dataclass
class Agent:
    """A person. ``since``: of the present status; ``kept``: it does not end with the connection. Who ``directs`` does
    so in every sector, who ``manages`` in those."""

    status: str = OFFLINE
    pauses_then: bool = False
    since: datetime | None = None
    seen: datetime | None = None
    queues: set[str] = field(default_factory=set)
    member: bool = True
    directs: bool = False
    manages: set[str] = field(default_factory=set)
    kept: bool = False

    @property
    def takes_tickets(self) -> bool:
        return self.status == ONLINE and not self.pauses_then


@dataclass
class Segment:
    """A ticket with an agent."""

    agent: str
    queue: str
    seat: int
    began: datetime
    over_limit: bool = False
    ended: datetime | None = None
    why: str = ""
    answered: bool = False


@dataclass
class Stay:
    """A ticket in a line."""

    queue: str
    began: datetime
    ended: datetime | None = None
    why: str = ""


@dataclass
class Ticket:
    """``joined`` is what its place in the line goes by. ``left_by`` left it unanswered until it went back.
    ``silent_since``: of an answer that the contact has not reacted to; ``warned``: when, of that silence.
    ``asks``: the contact has written and nobody has answered since. ``hears_until``: how long a closed one takes
    messages, for the flow knows nothing of its end."""

    id: UUID
    contact: str
    queue: str
    joined: datetime
    state: str = WAITING
    segments: list[Segment] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    left_by: str | None = None
    silent_since: datetime | None = None
    warned: datetime | None = None
    asks: bool = False
    hears_until: datetime | None = None

    @property
    def agent(self) -> str | None:
        return self.segments[-1].agent if self.state == ACTIVE else None

    @property
    def had(self) -> str | None:
        """Who has it, or had it at the end."""
        return self.segments[-1].agent if self.state != WAITING and not self._closed_from_the_line else None

    @property
    def _closed_from_the_line(self) -> bool:
        return self.state == CLOSED and self.stays[-1].why == "closed"
