"""Who sees a ticket: the inverse of ``TicketQuerySet.visible_to``.

A test compares the two for every role and state (docs/rules.md, Visibility).
"""

from django.db.models import Exists, OuterRef, Q

from orgs.access import people_with_chats, seeing_whole_project
from orgs.querysets import PeopleQuerySet
from queues.models import QueueAgent
from sectors.models import Sector

from .assignments import Assignment
from .tickets import Ticket


def people_who_see(ticket: Ticket) -> PeopleQuerySet:
    """Return the people with access to Chats who may see a ticket in its current state (docs/rules.md, Visibility).

    The ticket's project must be loaded.
    """
    manages = Sector.objects.filter(pk=ticket.sector_id, managers=OuterRef("pk"))
    sees = seeing_whole_project(ticket.project) | Q(Exists(manages)) | Q(pk=ticket.agent_id)
    if ticket.is_waiting:
        on_queue = QueueAgent.objects.filter(
            user=OuterRef("pk"), queue=ticket.queue_id, queue__archived_at=None, queue__sector__archived_at=None
        )
        sees |= Q(Exists(on_queue))
    if ticket.is_closed:
        sees |= Q(Exists(Assignment.objects.filter(ticket=ticket.pk, agent=OuterRef("pk"))))
    return people_with_chats(ticket.project).filter(sees)
