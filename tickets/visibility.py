"""Who sees a ticket: ``Ticket.objects.visible_to`` asked the other way round.

The two are held together by a test that compares them for everybody and every state (docs/rules.md, Visibility).
"""

from django.db.models import Exists, OuterRef, Q

from orgs.access import people_with_chats
from orgs.models import OrganizationMembership, OrganizationRole, ProjectMembership, ProjectRole
from orgs.querysets import PeopleQuerySet
from queues.models import QueueAgent
from sectors.models import Sector

from .models import Assignment, Ticket


def people_who_see(ticket: Ticket) -> PeopleQuerySet:
    """Return the people with access to Chats who may see a ticket as it is now, by name. The ticket needs its
    project loaded."""
    office = OrganizationMembership.objects.filter(
        organization=ticket.project.organization_id, user=OuterRef("pk"), role=OrganizationRole.ADMINISTRATOR
    )
    configures = ProjectMembership.objects.filter(
        project=ticket.project_id, user=OuterRef("pk"), role__in=[ProjectRole.MODERATOR, ProjectRole.CONTRIBUTOR]
    )
    manages = Sector.objects.filter(pk=ticket.sector_id, managers=OuterRef("pk"))
    sees = Q(Exists(office)) | Q(Exists(configures)) | Q(Exists(manages)) | Q(pk=ticket.agent_id)
    if ticket.is_waiting:
        on_queue = QueueAgent.objects.filter(
            user=OuterRef("pk"),
            queue=ticket.queue_id,
            queue__archived_at=None,
            queue__sector__archived_at=None,
        )
        sees |= Q(Exists(on_queue))
    if ticket.is_closed:
        sees |= Q(Exists(Assignment.objects.filter(ticket=ticket.pk, agent=OuterRef("pk"))))
    people: PeopleQuerySet = people_with_chats(ticket.project).filter(sees)
    return people
