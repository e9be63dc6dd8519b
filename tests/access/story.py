"""A small desk with a past, every ticket of which stands for a rule of Visibility (docs/rules.md)."""

from dataclasses import dataclass, field
from typing import Any

from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import ProjectRole, User
from queues.models import Status
from sectors.models import Sector
from sectors.operations import archive_sector
from tests.builders import Desk, project_of
from tickets import operations
from tickets.models import Ticket

#: Who sees which tickets, written by hand from the rules.
IN_SUPPORT = {
    "attended by the agent", "closed by the agent", "attended by the colleague", "closed by the colleague",
    "waiting in the line", "waiting in the second line", "handed to the colleague", "handed on and closed",
    "come from sales", "anonymous",
    "before the agent's", "before the one in the line", "before the one in the second line",
    "anonymous, before the agent's",
    "the agent mentioned", "the agent mentioned, closed", "the agent mentioned, in the second line",
    "before the one that mentions",
}  # fmt: skip
IN_SALES = {"waiting in sales", "closed in sales", "moved to sales and closed", "in sales, before the agent's"}
#: What agents read beside an open ticket of the contact, and find in no list of their own.
BESIDE = {"agent": {"before the agent's", "before the one in the line", "before the one that mentions"}}
#: What agents see by a mention, on a queue of theirs.
MENTIONED = {"agent": {"the agent mentioned", "the agent mentioned, closed"}}
EVERYTHING = IN_SUPPORT | IN_SALES | {"closed in an archived sector"}
LINE = {"waiting in the line", "come from sales"}
SEES: dict[str, set[str]] = {
    "administrator": EVERYTHING,
    "moderator": EVERYTHING,
    "contributor": EVERYTHING,
    "manager": IN_SUPPORT,
    "sales_manager": IN_SALES,
    "agent": LINE
    | {
        "attended by the agent",
        "closed by the agent",
        "handed on and closed",
        "moved to sales and closed",
        "anonymous",
        *BESIDE["agent"],
        *MENTIONED["agent"],
    },
    "colleague": LINE
    | {"attended by the colleague", "closed by the colleague", "handed to the colleague", "handed on and closed"}
    | {"before the agent's", "before the one in the line", "before the one in the second line"}
    | {"anonymous, before the agent's"}
    | {"the agent mentioned", "the agent mentioned, closed", "before the one that mentions"},
    "attendant": set(),
}
PROGRAMS: dict[str, set[str]] = {
    "reads": EVERYTHING,
    "administers": EVERYTHING,
    "reads the organization": EVERYTHING,
    "reads support": IN_SUPPORT,
}
OPEN = {
    "attended by the agent", "attended by the colleague", "waiting in the line", "waiting in the second line",
    "handed to the colleague", "come from sales", "waiting in sales",
    "the agent mentioned", "the agent mentioned, in the second line",
}  # fmt: skip
CLOSED = EVERYTHING - OPEN


@dataclass
class Past:
    """The desk, its people, its tickets by what they stand for, and decoys elsewhere."""

    desk: Desk
    sales: Sector
    people: dict[str, User] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    decoys: list[Ticket] = field(default_factory=list)

    @classmethod
    def tell(cls) -> "Past":
        """Make it all."""
        desk = Desk.set_up(ticket_limit=50)
        past = cls(desk, desk.add_sector(name="Sales", ticket_limit=50))
        past._people()
        past._earlier()
        past._attended()
        past._left_waiting()
        for place in (Desk.set_up(project_of(desk.project.organization)), Desk.set_up()):
            agent = place.agent_online()
            past.decoys += [place.open_ticket("contact of everybody"), place.closed_ticket(by=agent)]
        for word, ticket in past.tickets.items():
            desk.message(ticket, f"I am {word}, wombat") if word in OPEN else None
        return past

    def _people(self) -> None:
        desk = self.desk
        self.people = {
            "administrator": desk.administrator,
            "moderator": desk.person(ProjectRole.MODERATOR),
            "contributor": desk.person(ProjectRole.CONTRIBUTOR),
            "manager": desk.manager(),
            "sales_manager": desk.manager(self.sales),
            "agent": desk.agent(),
            "colleague": desk.agent(),
            "attendant": desk.person(),
        }
        whole = {"project": desk.project}
        reach: dict[str, dict[str, Any]] = {
            "reads": {"scopes": ["read"], **whole},
            "administers": {"scopes": ["administer"], **whole},
            "reads the organization": {"scopes": ["read"], "organization": desk.project.organization},
            "reads support": {"scopes": ["read"], "sector_id": desk.sector.pk, **whole},
        }
        for name, values in reach.items():
            self.secrets[name] = orgs.create_token(name, by=SYSTEM, **values)[1]

    def _open(self, word: str, contact: str = "", **values: Any) -> Ticket:
        self.tickets[word] = self.desk.open_ticket(contact or word, **values)
        return self.tickets[word]

    def _earlier(self) -> None:
        """Tickets of contacts who write again: all but one in Support, attended by the colleague."""
        desk, mine = self.desk, "attended by the agent"
        desk.status(self.people["colleague"], Status.ONLINE)
        for word, contact, values in (
            ("anonymous, before the agent's", mine, {"is_anon": True}),
            ("before the agent's", mine, {"is_anon": False}),
            ("before the one in the line", "waiting in the line", {}),
            ("before the one in the second line", "waiting in the second line", {}),
            ("before the one that mentions", "the agent mentioned", {}),
        ):
            desk.message(self._open(word, contact, **values), "wombat")
            desk.close(self.tickets[word])
        desk.status(self.people["colleague"], Status.OFFLINE)
        desk.message(self._open("in sales, before the agent's", mine, sector=self.sales), "wombat")
        desk.close(self.tickets["in sales, before the agent's"], tags=list(self.sales.tags.order_by("position"))[:1])

    def contact_of(self, word: str) -> str:
        """Return what the contact of a ticket is called, in small letters."""
        return self.tickets[word].contact.name.lower()

    def _attended(self) -> None:
        desk, agent, colleague = self.desk, self.people["agent"], self.people["colleague"]
        for user, name in ((agent, "agent"), (colleague, "colleague")):
            desk.status(user, Status.ONLINE)
            for word in (f"attended by the {name}", f"closed by the {name}"):
                desk.message(self._open(word), "wombat")
            if user == agent:
                desk.message(self._open("anonymous", is_anon=True), "wombat")
                for word in ("handed to the colleague", "handed on and closed", "moved to sales and closed"):
                    desk.message(self._open(word), "wombat")
            if user == colleague:
                self._mention_the_agent()
            desk.status(user, Status.OFFLINE)
        by = desk.by()
        for word in ("handed to the colleague", "handed on and closed"):
            operations.transfer_to_agent(self.tickets[word].pk, colleague, by=by)
        moved = self.tickets["moved to sales and closed"]
        operations.transfer_to_queue(moved.pk, self.sales.queues.get(), by=by)
        sales_tag = list(self.sales.tags.order_by("position"))[:1]
        desk.close(moved, tags=sales_tag)
        for word in ("closed by the agent", "closed by the colleague", "handed on and closed", "anonymous"):
            desk.close(self.tickets[word])
        desk.message(self._open("closed in sales", sector=self.sales), "wombat")
        desk.close(self.tickets["closed in sales"], tags=sales_tag)
        old = desk.add_sector(name="Old")
        desk.message(self._open("closed in an archived sector", sector=old), "wombat")
        desk.close(self.tickets["closed in an archived sector"], tags=list(old.tags.order_by("position"))[:1])
        archive_sector(old, by=by)

    def _mention_the_agent(self) -> None:
        """Notes on tickets of the colleague, one of which then leaves the agent's queue."""
        desk, agent, by = self.desk, self.people["agent"], self.desk.by(self.people["colleague"])
        for word in ("the agent mentioned", "the agent mentioned, closed", "the agent mentioned, in the second line"):
            desk.message(self._open(word), "wombat")
            operations.add_note(self.tickets[word].pk, f"Look, @{agent.name}", by=by, mentions=[agent.pk])
        desk.close(self.tickets["the agent mentioned, closed"])

    def _left_waiting(self) -> None:
        desk = self.desk
        self._open("waiting in the line")
        second = desk.add_queue("Second")
        self._open("waiting in the second line", queue=second)
        operations.transfer_to_queue(self.tickets["the agent mentioned, in the second line"].pk, second, by=desk.by())
        self._open("waiting in sales", sector=self.sales)
        came = self._open("come from sales", sector=self.sales)
        operations.transfer_to_queue(came.pk, desk.queue, by=desk.by())

    def words(self, ids: Any) -> set[str]:
        """Return what the tickets of these ids stand for; of others, that they are others'."""
        known = {str(ticket.pk): word for word, ticket in self.tickets.items()}
        return {known.get(str(pk), f"another's: {pk}") for pk in ids}
