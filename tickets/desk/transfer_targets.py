"""Where tickets can go: a queue or a person of the project, or back to the line they came from."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, OuterRef, QuerySet, Value, When
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.form_fields import MAX_FOUND, MAX_OFFERED, clean_query
from core.text import FoldedTogether, by_name, holds_words
from orgs.access import people_with_chats
from orgs.models import Project, User
from queues.models import Queue
from sectors.models import Sector
from tickets.models import Ticket
from tickets.routing.agent_states import AgentState, agents_of

from .worklist import online_count, waiting_count


def find_target(project: Project, kind: str, pk: UUID, *, field: str) -> Queue | User:
    """Return a queue of the project (``kind`` is *queue*) or a person with access to Chats there (*agent*).

    Raises Invalid, with the field, if it is not there any more.
    """
    found: Queue | User | None
    if kind == "queue":
        found = Queue.objects.filter(pk=pk, sector__project=project).first()
        gone = _("This queue is not there any more. Choose another.")
    else:
        found = people_with_chats(project).filter(pk=pk).first()
        gone = _("This person has no access to Chats any more. Choose another.")
    if found is None:
        raise Invalid(gone, field=field)
    return found


@dataclass(frozen=True)
class PersonOffered:
    """An agent in a dialog: whether they can be chosen, and what is asked before (empty for nothing)."""

    agent: AgentState
    may: bool
    question: str


@dataclass(frozen=True)
class Targets:
    """What a dialog offers: the first queues and people that match a search, and how many more there are.

    ``people`` is None where no person can be chosen. ``back``: the ticket's own queue, if its agent can return the
    ticket to it. ``bounded``: a search on the server finds more than the dialog holds.
    """

    queues: list[Queue] = field(default_factory=list)
    more_queues: int = 0
    people: list[PersonOffered] | None = None
    more_people: int = 0
    back: Queue | None = None
    words: str = ""
    bounded: bool = False


def targets_of(ticket: Ticket, *, directs: bool, search: str = "") -> Targets:
    """Return where a ticket can go: other queues, and agents of its queue.

    For members who direct the sector's tickets (``directs``), all of its agents, ready or not. The own sector's
    queues come first, and the agents who could take it now. Constant number of queries.
    """
    words = _words(search)
    queue_id = None if directs else ticket.queue_id
    most = MAX_FOUND if words else MAX_OFFERED
    found = agents_of(ticket.sector, queue_id=queue_id, search=words, without=ticket.agent_id, most=most)
    people = [
        PersonOffered(agent, directs or agent.is_eligible, agent.question() if directs else "")
        for agent in found.agents
    ]
    queues = accepting_queues(ticket.project_id).exclude(pk=ticket.queue_id)
    rows, more = _first(queues, words, most, own_sector=ticket.sector_id)
    back = ticket.queue if ticket.is_active else None
    return Targets(rows, more, people, found.left_out, back, words, bool(more or found.left_out or words))


def targets_of_many(project: UUID, sectors: set[Sector], count: int, *, search: str = "") -> Targets:
    """Return where tickets of these sectors can go: any queue, and people if they are all of one sector.

    Load and limit are per sector. Without a sector there is no ticket, and nothing is disclosed.
    """
    if not sectors:
        return Targets()
    words = _words(search)
    most = MAX_FOUND if words else MAX_OFFERED
    rows, more = _first(accepting_queues(project), words, most)
    if len(sectors) > 1:
        return Targets(rows, more, words=words, bounded=bool(more or words))
    found = agents_of(next(iter(sectors)), search=words, most=most)
    people = [PersonOffered(agent, True, agent.question(count)) for agent in found.agents]
    return Targets(rows, more, people, found.left_out, words=words, bounded=bool(more or found.left_out or words))


def accepting_queues(project: UUID) -> QuerySet[Queue]:
    """Return a project's queues that take tickets, with ``waiting`` and ``online``."""
    return (
        Queue.objects.open_for_tickets()
        .filter(sector__project=project, on_hold=False)
        .select_related("sector")
        .annotate(waiting=waiting_count(OuterRef("pk")), online=online_count(OuterRef("pk")))
    )


def _words(search: str) -> str:
    return clean_query(search)


def _first(
    queues: QuerySet[Queue], words: str, most: int, *, own_sector: UUID | None = None
) -> tuple[list[Queue], int]:
    """Return the first queues whose sector and name contain each word, and how many more there are."""
    if words:
        queues = queues.filter(holds_words(words, FoldedTogether("sector__name", "name")))
    own: Any = Case(When(sector=own_sector, then=Value(0)), default=Value(1))
    order = (own, "sector__position", *by_name("sector__name"), "position", *by_name())
    rows = list(queues.order_by(*order)[: most + 1])
    if len(rows) <= most:
        return rows, 0
    return rows[:most], queues.count() - most
