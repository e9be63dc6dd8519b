"""What tickets do when something happens below: the one place that listens."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from orgs.access import Actor
from orgs.models import Project, User
from orgs.signals import access_ended, rights_changed
from queues import operations as queue_operations
from queues.signals import status_changed
from sectors.locks import lock_sectors
from sectors.operations import end_appointments
from sectors.signals import eligibility_changed

from . import announce, routing
from .models import Ticket
from .operations import return_tickets_of


@receiver(eligibility_changed)
def route_what_waits(sector_ids: Collection[UUID], **_kwargs: Any) -> None:
    """Somebody may take more tickets now: route."""
    routing.route(sector_ids)


@receiver(status_changed)
def tell_status(project: Project, user: User, **_kwargs: Any) -> None:
    """An agent's status changed: tell open pages."""
    announce.status(project.pk, user.pk, queue_operations.sectors_of_agent(project, user))


@receiver(rights_changed)
def tell_rights(user_ids: Collection[UUID], **_kwargs: Any) -> None:
    """Rights changed: open pages ask again what they may hear."""
    for user_id in user_ids:
        announce.rights(user_id)


@receiver(access_ended)
def return_tickets(user: User, project: Project, actor: Actor, **_kwargs: Any) -> None:
    """Access to Chats ended: off the queues, no longer manager, tickets back to their lines, pages told."""
    held = set(queue_operations.sectors_of_agent(project, user))
    held |= set(Ticket.objects.active().filter(project=project, agent=user).values_list("sector_id", flat=True))
    lock_sectors(held)
    queue_operations.leave_queues(project, user, by=actor)
    end_appointments(user, project)
    return_tickets_of(user, project, by=actor)
    announce.rights(user.pk)


@receiver(user_logged_out)
def end_streams(user: User | None, **_kwargs: Any) -> None:
    """Somebody signed out: their open pages end, those of other sessions ask again and stay."""
    if user is not None:
        announce.revoked(user.pk)
