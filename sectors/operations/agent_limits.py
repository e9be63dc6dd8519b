"""Operations on agent limits: exceptions from a sector's limit of simultaneous tickets."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, check_version, rules_of_database
from orgs import audit
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.models import Project, User
from sectors.locks import lock_sectors
from sectors.models import TICKET_LIMIT, AgentLimit, Sector
from sectors.signals import eligibility_changed
from sectors.validation import allow_configuring, clean_people

#: Maximum number of limits per sector; with more, the sector's own limit is the one to change.
MAX_LIMITS = 500


def _clean(limits: Mapping[User, int]) -> None:
    if len(limits) > MAX_LIMITS:
        raise Invalid(
            _("At most %(limit)d agents can have a limit of their own.") % {"limit": MAX_LIMITS},
            code="too_many_limits",
            field="agent_limits",
        )
    for limit in limits.values():
        TICKET_LIMIT.clean(limit, field="agent_limits")


@transaction.atomic
def set_agent_limits(
    sector: Sector, limits: Mapping[User, int], *, by: Actor, expected_version: datetime | None = None
) -> dict[User, int]:
    """Set the agent limits of a sector (docs/rules.md, Sector); agents not in ``limits`` have the sector's limit.

    A raised limit routes waiting tickets at once; a lowered one leaves conversations as they are.
    ``expected_version`` is the ``modified_at`` of the sector that the edit is based on. Returns the limits. Raises
    NotAllowed, Invalid, NoAccessToChats (for new limits only), Conflict.
    """
    allow_configuring(by, sector.pk)
    _clean(limits)
    lock_people([user.pk for user in limits])
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    check_version(expected_version, sector.modified_at)
    rows = {row.user_id: row for row in sector.agent_limits.select_related("user")}
    clean_people(sector.project, [user for user in limits if user.pk not in rows], "agent_limits")
    before = {row.user.email: row.ticket_limit for row in rows.values()}
    after = {user.email: limit for user, limit in limits.items()}
    if before != after:
        wanted = {user.pk: limit for user, limit in limits.items()}
        sector.agent_limits.exclude(user_id__in=wanted).delete()
        with rules_of_database():
            for pk, limit in wanted.items():
                AgentLimit.objects.update_or_create(sector=sector, user_id=pk, defaults={"ticket_limit": limit})
            sector.save(update_fields=["modified_at"])
        audit.record(
            by,
            "sector.changed",
            sector,
            project=sector.project,
            before={"agent_limits": before},
            after={"agent_limits": after},
        )
        eligibility_changed.send(sender=Sector, sector_ids=[sector.pk])
    return dict(limits)


def end_agent_limits(user: User, project: Project) -> list[UUID]:
    """Delete a person's limits in a project's sectors; returns the affected sectors."""
    rows = AgentLimit.objects.filter(user=user, sector__project=project)
    sector_ids = list(rows.values_list("sector_id", flat=True))
    rows.delete()
    return sector_ids
