"""Who sees a ticket: the inverse of ``TicketQuerySet.visible_to``.

A test compares the two for every role and state (docs/rules.md, Visibility).
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from orgs.access import people_with_chats, seeing_whole_project
from orgs.querysets import PeopleQuerySet
from queues.models import QueueAgent
from sectors.models import Sector

from .assignments import Assignment
from .service import AttendanceRules
from .tickets import Ticket


def people_who_see(ticket: Ticket) -> PeopleQuerySet:
    """Return the people with access to Chats who may see a ticket in its current state (docs/rules.md, Visibility).

    The ticket's project must be loaded.
    """
    sees = seeing_whole_project(ticket.project) | _sees_in_own_right(ticket)
    if ticket.is_closed and (beside := _open_beside(ticket)) is not None:
        sees |= _sees_in_own_right(beside) & Q(Exists(_places(queue__sector=ticket.sector_id)))
    return people_with_chats(ticket.project).filter(sees)


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


def _places(**of: Any) -> QuerySet[QueueAgent]:
    """Return the person's places on live queues."""
    return QueueAgent.objects.filter(
        user=OuterRef("pk"), queue__archived_at=None, queue__sector__archived_at=None, **of
    )
