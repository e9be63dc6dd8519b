"""Querysets of queues."""

from typing import Self

from django.db.models import Q

from orgs.access import Member
from sectors.querysets import ConfigurableQuerySet


class QueueQuerySet(ConfigurableQuerySet):
    """Queues by state and visibility."""

    def open_for_tickets(self) -> Self:
        """Filter live queues of live sectors."""
        return self.live().filter(sector__archived_at=None)

    def visible_to(self, member: Member) -> Self:
        """Filter queues visible to the member: the whole project's, managed sectors', the member's own."""
        queues = self.filter(sector__project=member.project)
        if member.sees_whole_project:
            return queues
        return queues.filter(Q(sector_id__in=member.managed_sector_ids) | Q(pk__in=member.queue_ids))
