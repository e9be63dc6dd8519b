"""The simulation's objects: sectors, queues, agents, contacts, and tickets in progress."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

from .clock import Ms, OpenTime
from .dialogues import Facts, Topic
from .places import SectorPlan


@dataclass(slots=True)
class Line:
    """A line of a conversation. ``kind`` is a message's, or an event's with ``facts``."""

    at: Ms
    kind: str
    who: "Agent | None" = None
    text: str = ""
    facts: dict | None = None


@dataclass(eq=False)
class Queue:
    """A queue with its row's id, its waiting tickets, and its agents."""

    id: str
    name: str
    sector: "Sector"
    share: float
    agents: list["Agent"] = field(default_factory=list)
    line: deque["Ticket"] = field(default_factory=deque)

    def first(self) -> "Ticket | None":
        """Return the next ticket in turn, dropping those that have left the queue."""
        while self.line and not (self.line[0].waiting and self.line[0].queue is self):
            self.line.popleft()
        return self.line[0] if self.line else None


@dataclass(eq=False)
class Sector:
    """A sector with its row's id, plan, open time, queues, tag ids by name, and managers."""

    id: str
    plan: SectorPlan
    limit: int
    open_time: OpenTime
    tags: dict[str, str]
    flow_tag: tuple[str, str]
    queues: list[Queue] = field(default_factory=list)
    managers: list["Agent"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.plan.name


@dataclass(eq=False)
class Agent:
    """An agent. ``queues`` by sector; ``taken`` are the seats, ``idle`` the last change, per sector."""

    number: int
    id: str
    name: str
    first: str
    home: Sector | None = None
    queues: dict[int, list[Queue]] = field(default_factory=dict)
    sectors: list[Sector] = field(default_factory=list)
    status: str = "offline"
    reason: str = ""
    since: Ms | None = None
    leaving: bool = False
    taken: dict[int, set[int]] = field(default_factory=dict)
    idle: dict[int, Ms] = field(default_factory=dict)

    def seats(self, sector: Sector) -> set[int]:
        """Return the seats taken in a sector."""
        found = self.taken.get(id(sector))
        if found is None:
            found = self.taken[id(sector)] = set()
        return found

    @property
    def busy(self) -> bool:
        """Whether the agent has a ticket in any sector."""
        return any(self.taken.values())

    def idle_since(self, sector: Sector) -> Ms:
        """Return since when the agent is idle in a sector, by routing's definition."""
        return max(self.since or 0, self.idle.get(id(sector), 0))


@dataclass(slots=True, eq=False)
class Contact:
    """A contact."""

    id: str
    external_id: str
    first: str
    name: str
    urn: str
    code: str
    created: Ms
    open: bool = False
    stored: bool = False


@dataclass(slots=True, eq=False)
class Segment:
    """A period with one agent."""

    agent: Agent
    sector: Sector
    queue: Queue
    seat: int
    start: Ms
    reason: dict
    end: Ms = 0
    ended: str = ""


@dataclass(slots=True, eq=False)
class Stay:
    """A period in a queue."""

    queue: Queue
    entered: Ms
    left: Ms = 0
    how: str = ""


@dataclass(slots=True, eq=False)
class Ticket:
    """A ticket in progress. ``fate`` is its planned outcome; ``step`` the progress of the conversation."""

    id: str
    contact: Contact
    sector: Sector
    queue: Queue
    opened: Ms
    queued: Ms
    topic: Topic
    facts: Facts
    fate: str
    before: list[Line]
    is_anon: bool = False
    waiting: bool = True
    agent: Agent | None = None
    step: int = 0
    transfers: int = 0
    turn: int = 0
    lines: list[Line] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    closed: Ms = 0
    closed_by: Agent | None = None
    by_flow: bool = False
    tags: list[tuple[str, str]] = field(default_factory=list)


class Ids:
    """Generates version 7 UUIDs from simulated time and the seed, as hexadecimal text."""

    def __init__(self, random: Random) -> None:
        self._bits = random.getrandbits

    def new(self, at: Ms) -> str:
        """Return a new id with the timestamp ``at``."""
        bits = self._bits(74)
        return f"{at:012x}7{bits >> 62:03x}{8 | bits >> 60 & 3:x}{bits & 0xFFFFFFFFFFFFFFF:015x}"
