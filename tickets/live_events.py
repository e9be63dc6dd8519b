"""Live events that tell open pages what has changed. They carry ids only: each page fetches what it may see.

Each kind of topic registers its rule for who may follow it, with the same rights as the querysets (docs/rules.md,
Visibility). ``topics_of`` combines them; a kind without a rule cannot be published to.
"""

from collections.abc import Iterable
from uuid import UUID

from live import publish
from live.topics import all_followed_by, topic
from orgs.access import Member

from .models import Message, Ticket
from .models.visibility import mentioned_in_each, mentioned_who_see


@topic("user")
def user_topic(member: Member) -> Iterable[tuple[UUID]]:
    """A person, in all projects: sign-out and changes of rights."""
    return [(member.user.pk,)]


@topic("agent")
def agent_topic(member: Member) -> Iterable[tuple[UUID, UUID]]:
    """An agent's own tickets and status in a project (ids: project, person)."""
    return [(member.project.pk, member.user.pk)]


@topic("queue")
def queue_topic(member: Member) -> Iterable[tuple[UUID]]:
    """A queue, for the agents on it."""
    return [(pk,) for pk in member.queue_ids]


@topic("sector")
def sector_topic(member: Member) -> Iterable[tuple[UUID]]:
    """Everything in a sector, for its managers."""
    return [(pk,) for pk in member.managed_sector_ids]


@topic("project")
def project_topic(member: Member) -> Iterable[tuple[UUID]]:
    """Everything in a project, for those who see all of it."""
    return [(member.project.pk,)] if member.sees_whole_project else []


def topics_of(member: Member) -> frozenset[str]:
    """Return the topics a member may follow; none without access to Chats."""
    return all_followed_by(member) if member.has_chats else frozenset()


def ticket(
    ticket_id: UUID,
    *,
    project: UUID,
    sector: UUID,
    queues: Iterable[UUID] = (),
    agents: Iterable[UUID | None] = (),
    what: str,
) -> None:
    """Publish on commit that a ticket came, moved or ended (to its queues, agents, sector and project)."""
    topics = [project_topic(project), sector_topic(sector)]
    topics += [queue_topic(pk) for pk in queues]
    topics += [agent_topic(project, pk) for pk in agents if pk]
    publish(topics, "ticket", ticket=str(ticket_id), what=what)


def changed(about: Ticket, what: str, *, queues: Iterable[UUID] = (), agents: Iterable[UUID | None] = ()) -> None:
    """Publish on commit what happened to a ticket of its present sector, as ``ticket`` does.

    Also to those who see it by a mention: they are on its queue, and are told with it or by themselves.
    """
    queues = list(queues)
    if about.queue_id not in queues:
        agents = [*agents, *mentioned_who_see(about)]
    ticket(about.pk, project=about.project_id, sector=about.sector_id, queues=queues, agents=agents, what=what)


def line(ticket: Ticket, what: str) -> None:
    """Publish a new or changed line of a conversation to those who see it: its agent and who is mentioned in it (or
    its queue while it waits), its sector and project.
    """
    publish(_who_may_look(ticket), "message", ticket=str(ticket.pk), what=what)


def lines(tickets: Iterable[Ticket], what: str) -> None:
    """Do the same for one line of each of many tickets."""
    tickets = list(tickets)
    mentioned = mentioned_in_each([ticket for ticket in tickets if not ticket.is_waiting])
    for ticket in tickets:
        topics = _who_may_look(ticket, mentioned.get(ticket.pk, ()))
        publish(topics, "message", ticket=str(ticket.pk), what=what)


def presence(ticket: Ticket) -> None:
    """Publish that somebody opened or left a ticket, or started or stopped typing."""
    publish(_who_may_look(ticket), "presence", ticket=str(ticket.pk))


def _who_may_look(ticket: Ticket, mentioned: Iterable[UUID] | None = None) -> list[str]:
    topics = [project_topic(ticket.project_id), sector_topic(ticket.sector_id)]
    if ticket.is_waiting:
        return [*topics, queue_topic(ticket.queue_id)]
    people = {ticket.agent_id, *(mentioned_who_see(ticket) if mentioned is None else mentioned)} - {None}
    return [*topics, *(agent_topic(ticket.project_id, pk) for pk in people)]


def target_missed(ticket_id: UUID, *, project: UUID, sector: UUID) -> None:
    """Alert a sector's managers that a ticket has waited longer than its target."""
    publish([project_topic(project), sector_topic(sector)], "late", ticket=str(ticket_id))


def mention(project: UUID, user: UUID, note: Message) -> None:
    """Notify a person's pages in the project that a note mentions them."""
    publish([agent_topic(project, user)], "mention", ticket=str(note.ticket_id), message=str(note.pk), what="new")


def mention_seen(project: UUID, user: UUID) -> None:
    """Notify a person's other pages that they have seen a mention."""
    publish([agent_topic(project, user)], "mention", what="seen")


def status(project: UUID, user: UUID, sectors: Iterable[UUID]) -> None:
    """Publish an agent's change of status to the agent, their managers and the project."""
    topics = [project_topic(project), agent_topic(project, user)]
    topics += [sector_topic(pk) for pk in sectors]
    publish(topics, "status", user=str(user))


def rights(*users: UUID) -> None:
    """Publish that people's rights changed: open streams check again, and close if access has ended."""
    publish([user_topic(user) for user in users], "access")


def revoked(user: UUID) -> None:
    """Publish that one of a person's sessions ended: streams check again, and close if their session is gone."""
    publish([user_topic(user)], "revoked", user=str(user))
