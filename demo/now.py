"""The demo project's present: agents online, and a few open tickets."""

from datetime import datetime, timedelta
from random import Random

from core.ids import uuid7
from orgs.access import Actor, member_of
from orgs.models import Project, User
from queues.models import AgentStatus, Queue, Status
from queues.operations import set_status
from tickets import operations
from tickets.models import Ticket

from .dialogues import CONTACT, NOTE, Facts, Topic, language, say
from .names import LOCALES, names_of, urn
from .people import LOGINS

#: (queue of Helpline 24/7, language, topic's index, minutes since the handover, number of lines)
_LIVE = (
    ("General", "en", 1, 14, 4),
    ("General", "es", 0, 9, 3),
    ("General", "en", 0, 3, 1),
    ("Incidents", "en", 0, 11, 1),
    ("Incidents", "es", 0, 4, 1),
)


#: Minutes before now at which the past ends and the present shift begins.
PRESENT = 45


def set_statuses(project: Project, now: datetime) -> None:
    """Keep the agents with a login online (or paused) without an open page, since before the first open ticket.
    ``now`` is aware. Idempotent.
    """
    if AgentStatus.objects.filter(project=project, kept=True).exists():
        return
    for number, login in enumerate(LOGINS):
        if login.places:
            user = User.objects.get(email=login.email)
            by, since = _acting(user, project), now - timedelta(minutes=PRESENT - 1 - 2 * (number % 10))
            set_status(project, user, Status.ONLINE, by=by, kept=True, now=since)
            if login.paused:
                pause = now - timedelta(minutes=5)
                set_status(project, user, Status.PAUSED, reason=login.paused, by=by, kept=True, now=pause)


def open_tickets(project: Project, now: datetime, seed: int) -> int:
    """Open a few tickets in the sector that never closes, unless some are open; returns how many.

    ``now`` is aware.
    """
    if Ticket.objects.filter(project=project).open().exists():
        return 0
    random = Random(f"{seed} now")
    for queue_name, code, topic, minutes, lines in _LIVE:
        queue = Queue.objects.get(sector__project=project, sector__name="Helpline 24/7", name=queue_name)
        topics = language(code).topics[queue_name]
        _open(project, queue, code, topics[topic % len(topics)], now - timedelta(minutes=minutes), lines, random)
    return len(_LIVE)


def _open(project: Project, queue: Queue, code: str, topic: Topic, at: datetime, lines: int, random: Random) -> None:
    first, last = names_of(LOCALES[code], 0).draw(random)
    facts = Facts(random, code, first)
    ticket, _new = operations.open_ticket(
        project,
        operations.ContactFacts(
            external_id=str(uuid7()),
            name=f"{first} {last}",
            urn=urn(code, random.randrange(10**6), random),
            custom_fields={"plan": facts["product"], "last_order": facts["order"]},
        ),
        by=Actor(token_name="demo"),
        queue_id=queue.pk,
        now=at,
        custom_fields={"reason": topic.tag},
    )
    history = [
        operations.HistoryLine(
            step.who != "b", at - timedelta(seconds=9 * (len(topic.before) - i)), say(step.ways, random, facts)
        )
        for i, step in enumerate(topic.before)
    ]
    operations.add_history(ticket.pk, history)
    _talk(ticket, topic, facts, at, lines, random)


def _talk(ticket: Ticket, topic: Topic, facts: Facts, at: datetime, lines: int, random: Random) -> None:
    """Write the first lines of a topic between contact and agent; while the ticket waits, only the contact's."""
    agent = ticket.agent
    facts["agent"] = agent.first_name if agent else ""
    for step in [s for s in topic.steps if not s.sometimes][:lines]:
        at += timedelta(seconds=random.randrange(15, 60))
        text = say(step.ways, random, facts)
        if step.who == CONTACT:
            operations.receive(ticket.pk, text, now=at)
        elif agent is not None:
            write = operations.add_note if step.who == NOTE else operations.reply
            write(ticket.pk, text, by=_acting(agent, ticket.project), now=at)


def _acting(user: User, project: Project) -> Actor:
    member = member_of(user, project.pk)
    assert member is not None
    return Actor.of(member)
