"""Telling open pages what changed. Ids only: each page fetches what it may see.

Each kind of topic states here, below its name, which of them a member may follow: the same rights as in the querysets
(docs/rules.md, Visibility). ``topics_of`` asks them all; nothing can be published to a kind that states no rule.
"""

from collections.abc import Iterable
from uuid import UUID

from live import publish
from live.topics import all_followed_by, topic
from orgs.access import Member

from .models import Message, Ticket


@topic("user")
def user_topic(member: Member) -> Iterable[tuple[UUID]]:
    """A person, in whatever project: sign-out and changes of rights."""
    return [(member.user.pk,)]


@topic("agent")
def agent_topic(member: Member) -> Iterable[tuple[UUID, UUID]]:
    """An agent's own tickets and status in a project (ids: project, person)."""
    return [(member.project.pk, member.user.pk)]


@topic("queue")
def queue_topic(member: Member) -> Iterable[tuple[UUID]]:
    """A line, for the agents on its queue."""
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
    """Announce that a ticket came, moved or ended: to its lines, agents, sector and project, after commit."""
    topics = [project_topic(project), sector_topic(sector)]
    topics += [queue_topic(pk) for pk in queues]
    topics += [agent_topic(project, pk) for pk in agents if pk]
    publish(topics, "ticket", ticket=str(ticket_id), what=what)


def line(ticket: Ticket, what: str) -> None:
    """Announce a new or changed line of a conversation: to its agent (its line while it waits), sector, project."""
    publish(_who_may_look(ticket), "message", ticket=str(ticket.pk), what=what)


def presence(ticket: Ticket) -> None:
    """Announce that somebody came to a ticket, left it, began to write or stopped: to those who hear its lines."""
    publish(_who_may_look(ticket), "presence", ticket=str(ticket.pk))


def _who_may_look(ticket: Ticket) -> list[str]:
    topics = [project_topic(ticket.project_id), sector_topic(ticket.sector_id)]
    if ticket.agent_id:
        topics.append(agent_topic(ticket.project_id, ticket.agent_id))
    elif ticket.is_waiting:
        topics.append(queue_topic(ticket.queue_id))
    return topics


def target_missed(ticket_id: UUID, *, project: UUID, sector: UUID) -> None:
    """Alert those who direct a sector: the ticket has waited longer than it should."""
    publish([project_topic(project), sector_topic(sector)], "late", ticket=str(ticket_id))


def mention(project: UUID, user: UUID, note: Message) -> None:
    """Announce to a person's pages of the project that a note calls them."""
    publish([agent_topic(project, user)], "mention", ticket=str(note.ticket_id), message=str(note.pk), what="new")


def mention_seen(project: UUID, user: UUID) -> None:
    """Announce to a person's other pages that they have seen a note that called them."""
    publish([agent_topic(project, user)], "mention", what="seen")


def status(project: UUID, user: UUID, sectors: Iterable[UUID]) -> None:
    """Announce an agent's change of status: to that agent's pages, managers and project."""
    topics = [project_topic(project), agent_topic(project, user)]
    topics += [sector_topic(pk) for pk in sectors]
    publish(topics, "status", user=str(user))


def rights(*users: UUID) -> None:
    """Announce that people's rights changed: open streams ask again at once and end where access did."""
    publish([user_topic(user) for user in users], "access")


def revoked(user: UUID) -> None:
    """Announce that a session of a person ended: streams ask again, and those without a session end."""
    publish([user_topic(user)], "revoked", user=str(user))
