"""Questions about queues."""

from typing import Self

from django.db.models import Q

from orgs.access import Member
from orgs.models import ArchivableQuerySet


class QueueQuerySet(ArchivableQuerySet):
    """Queues, by project and by whom they may be seen."""

    def open_for_tickets(self) -> Self:
        """Live queues of live sectors."""
        return self.live().filter(sector__archived_at=None)

    def configurable_by(self, member: Member) -> Self:
        """Queues of the sectors that the member may configure."""
        queues = self.filter(sector__project=member.project)
        if member.configures:
            return queues
        return queues.filter(sector_id__in=member.managed_sector_ids)

    def visible_to(self, member: Member) -> Self:
        """Queues whose line the member may see: the whole project's, managed sectors', own."""
        queues = self.filter(sector__project=member.project)
        if member.sees_whole_project:
            return queues
        return queues.filter(Q(sector_id__in=member.managed_sector_ids) | Q(pk__in=member.queue_ids))
