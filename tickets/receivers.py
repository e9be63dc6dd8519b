"""Signal receivers: how tickets react to changes in lower apps."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from core.errors import Invalid
from core.files import storage
from orgs.access import SYSTEM, Actor, projects_of
from orgs.access.locks import lock_people
from orgs.models import Project, User
from orgs.signals import access_ended, rights_changed
from queues import operations as queue_operations
from queues.models import Queue
from queues.signals import status_changed, tickets_must_go
from sectors.locks import lock_sectors
from sectors.models import Sector
from sectors.operations import end_agent_limits, end_appointments
from sectors.signals import eligibility_changed, sector_closing
from tags.models import Tag
from tags.signals import tag_merged

from . import live_events, routing
from .models import Attachment, Ticket
from .operations import move_open_tickets, replace_merged_tag, return_tickets


@receiver(eligibility_changed)
def route_waiting(sector_ids: Collection[UUID], **_kwargs: Any) -> None:
    routing.route(sector_ids)


@receiver(tickets_must_go)
def move_tickets(queues: Collection[UUID], to: Queue, by: Actor, **_kwargs: Any) -> None:
    """Move the open tickets of queues that are being archived."""
    move_open_tickets(queues, to, by=by)


@receiver(sector_closing)
def move_tickets_of_sector(sector: Sector, to: Queue, by: Actor, **_kwargs: Any) -> None:
    """Move the open tickets of a sector that is being archived with all its queues."""
    if to.sector_id == sector.pk:
        raise Invalid(_("Choose a queue of another sector."), code="queue_takes_none", field="move_to")
    place = queue_operations.check_accepts_tickets(to, sector.project)
    move_open_tickets(list(sector.queues.values_list("pk", flat=True)), place, by=by)


@receiver(tag_merged)
def apply_tag_merge(source: Tag, into: Tag, **_kwargs: Any) -> None:
    replace_merged_tag(source, into)


@receiver(status_changed)
def publish_status(project: Project, user: User, sector_ids: Collection[UUID], **_kwargs: Any) -> None:
    live_events.status(project.pk, user.pk, sector_ids)


@receiver(rights_changed)
def publish_rights(user_ids: Collection[UUID], **_kwargs: Any) -> None:
    live_events.rights(*user_ids)


@receiver(access_ended)
def end_access_to_chats(user: User, project: Project, actor: Actor, **_kwargs: Any) -> None:
    """Take a person who lost access to Chats off queues and managers, return their tickets, notify pages."""
    held = set(queue_operations.sectors_of_agent(project, user))
    held |= set(Ticket.objects.active().filter(project=project, agent=user).values_list("sector_id", flat=True))
    lock_sectors(held)
    queue_operations.leave_queues(project, user, by=actor)
    end_appointments(user, project)
    end_agent_limits(user, project)
    return_tickets(user, project, by=actor)
    live_events.rights(user.pk)


@receiver(post_delete, sender=Session)
def end_streams(instance: Session, **_kwargs: Any) -> None:
    """Close the live streams of a session that has ended; streams of the user's other sessions stay open.

    Not on ``user_logged_out``: at that point the session still exists.
    """
    user = instance.get_decoded().get(SESSION_KEY)
    if user:
        live_events.revoked(UUID(user))


@receiver(post_save, sender=User)
def end_inactive_account(
    instance: User, created: bool, update_fields: Collection[str] | None, **_kwargs: Any
) -> None:
    """Close streams after a password change or deactivation.

    A deactivated account loses access to Chats in every project: its tickets are returned to their queues.
    """
    if created or (update_fields is not None and not {"password", "is_active"} & set(update_fields)):
        return
    with transaction.atomic():
        live_events.revoked(instance.pk)
        if not instance.is_active:
            lock_people([instance.pk])
            for project in projects_of(instance):
                end_access_to_chats(user=instance, project=project, actor=SYSTEM)


@receiver(post_delete, sender=Attachment)
def delete_stored_files(instance: Attachment, **_kwargs: Any) -> None:
    """Have the files of a deleted attachment deleted; also those that an attempt to fetch it may have left behind."""
    stored = instance.file.name or (storage.fetched_name(instance.pk) if instance.url else "")
    if stored:
        names: list[JSONValue] = [stored, storage.thumbnail_name(stored)]
        app.configure_task("tickets.delete_files", allow_unknown=False).defer(names=names)
