"""What a copy of a sector includes besides queues and tags."""

from typing import Any

from django.db import transaction

from orgs import audit
from orgs.access import Actor, people_with_chats
from orgs.models import User
from sectors.locks import lock_sectors
from sectors.models import AgentLimit, AutomaticMessage, QuickMessage, Sector, WorkException
from sectors.validation import allow_creating

from .quick_message_files import copy_files


@transaction.atomic
def copy_texts_and_days(
    source: Sector, target: Sector, *, by: Actor, stored: list[str], people: bool = False
) -> None:
    """Copy special days, quick messages with their files and automatic messages to a new sector of the same project.

    With ``people``, also the limits of agents who still have access to Chats (docs/rules.md, Sector). ``stored`` as
    in ``copy_files``.

    Raises NotAllowed, ValueError for sectors of different projects.
    """
    allow_creating(by, source.project)
    if source.project_id != target.project_id:
        raise ValueError("a sector is copied within its project")
    lock_sectors([target.pk])
    target.waiting_every = source.waiting_every
    target.save(update_fields=["waiting_every", "modified_at"])
    WorkException.objects.bulk_create(
        WorkException(sector=target, date=row.date, yearly=row.yearly, label=row.label, ranges=row.ranges)
        for row in source.exceptions.all()
    )
    copies = {
        row.pk: QuickMessage(project_id=target.project_id, sector=target, shortcut=row.shortcut, text=row.text)
        for row in source.quick_messages.all()
    }
    QuickMessage.objects.bulk_create(copies.values())
    copy_files(copies, stored=stored)
    AutomaticMessage.objects.bulk_create(
        AutomaticMessage(sector=target, moment=row.moment, text=row.text) for row in source.automatic_messages.all()
    )
    limits = _limits(source) if people else {}
    AgentLimit.objects.bulk_create(
        AgentLimit(sector=target, user=user, ticket_limit=limit) for user, limit in limits.items()
    )
    after: dict[str, Any] = {"copied_from": source.name}
    if limits:
        after["agent_limits"] = {user.email: limit for user, limit in limits.items()}
    audit.record(by, "sector.copied", target, project=target.project, after=after)


def _limits(source: Sector) -> dict[User, int]:
    rows = source.agent_limits.filter(user__in=people_with_chats(source.project)).select_related("user")
    return {row.user: row.ticket_limit for row in rows}
