"""Who sees a ticket: the inverse of ``TicketQuerySet.visible_to``.

A test compares the two for every role and state (docs/rules.md, Visibility).
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from orgs.access import people_with_chats, seeing_whole_project
from orgs.querysets import PeopleQuerySet, by_person
from queues.models import QueueAgent
from sectors.models import Sector

from .assignments import Assignment
from .mentions import Mention
from .service import AttendanceRules
from .tickets import Ticket


def people_who_see(ticket: Ticket) -> PeopleQuerySet:
    """Return the people with access to Chats who may see a ticket in its current state (docs/rules.md, Visibility).

    The ticket's project must be loaded.
    """
    return people_with_chats(ticket.project).filter(_sees(ticket))


def people_to_mention(ticket: Ticket) -> PeopleQuerySet:
    """Return whom a note of the ticket can mention: who sees it, those first, and who is on its queue.

    ``sees``: whether they see the ticket already; others will by the mention. The ticket's project must be loaded.
    """
    people = people_with_chats(ticket.project).annotate(sees=ExpressionWrapper(_sees(ticket), BooleanField()))
    return people.filter(Q(sees=True) | Q(Exists(_places(queue=ticket.queue_id)))).order_by("-sees", *by_person())


def mentioned_who_see(ticket: Ticket) -> QuerySet[Mention, UUID]:
    """Return the ids of those who see the ticket by a mention, whatever else they see it by."""
    found = Mention.objects.filter(Exists(_places(OuterRef("user"), queue=ticket.queue_id)), ticket=ticket.pk)
    return found.order_by().values_list("user", flat=True).distinct()


def mentioned_in_each(tickets: Iterable[Ticket]) -> dict[UUID, list[UUID]]:
    """Return the same by ticket, for those where there is somebody. One query."""
    on_its_queue = _places(OuterRef("user"), queue=OuterRef("ticket__queue"))
    found = Mention.objects.filter(Exists(on_its_queue), ticket__in=[ticket.pk for ticket in tickets])
    people: dict[UUID, list[UUID]] = {}
    for ticket_id, user_id in found.order_by().values_list("ticket", "user").distinct():
        people.setdefault(ticket_id, []).append(user_id)
    return people


def _sees(ticket: Ticket) -> Q:
    sees = seeing_whole_project(ticket.project) | _may_note(ticket)
    if ticket.is_closed and (beside := _open_beside(ticket)) is not None:
        sees |= _may_note(beside) & Q(Exists(_places(queue__sector=ticket.sector_id)))
    return sees


def _may_note(ticket: Ticket) -> Q:
    """The same as ``TicketQuerySet.noted_by``, but for those who see the whole project."""
    mentioned = Mention.objects.filter(ticket=ticket.pk, user=OuterRef("pk"))
    by_mention = Q(Exists(mentioned)) & Q(Exists(_places(queue=ticket.queue_id)))
    return _sees_in_own_right(ticket) | by_mention


def _sees_in_own_right(ticket: Ticket) -> Q:
    """The same as ``TicketQuerySet.in_own_right``, but for those who see the whole project."""
    sees = Q(Exists(Sector.objects.filter(pk=ticket.sector_id, managers=OuterRef("pk")))) | Q(pk=ticket.agent_id)
    if ticket.is_waiting:
        sees |= Q(Exists(_places(queue=ticket.queue_id)))
    if ticket.is_closed:
        sees |= Q(Exists(Assignment.objects.filter(ticket=ticket.pk, agent=OuterRef("pk"))))
    return sees


def _open_beside(ticket: Ticket) -> Ticket | None:
    """Return the open ticket of a closed one's contact that gives agents sight of it, if its sector lets them."""
    if AttendanceRules.objects.filter(sector=ticket.sector_id, agents_read_earlier=False).exists():
        return None
    found = Ticket.objects.open().filter(project=ticket.project_id, main_contact=ticket.main_contact_id)
    return found.filter(is_anon=ticket.is_anon).first()


def _places(user: OuterRef | None = None, **of: Any) -> QuerySet[QueueAgent]:
    """Return the places on live queues of a person, or of the ``user`` of other rows."""
    return QueueAgent.objects.filter(
        user=user or OuterRef("pk"), queue__archived_at=None, queue__sector__archived_at=None, **of
    )
