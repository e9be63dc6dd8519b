"""Querysets of sectors."""

from typing import Self

from django.db.models import Q

from orgs.access import Member
from orgs.models import ArchivableQuerySet
from sectors import hooks


class SectorQuerySet(ArchivableQuerySet):
    """Sectors by visibility and readiness."""

    def configurable_by(self, member: Member) -> Self:
        """Filter sectors of the member's project that the member may configure."""
        sectors = self.filter(project=member.project)
        if member.configures:
            return sectors
        return sectors.filter(pk__in=member.managed_sector_ids)

    def visible_to(self, member: Member) -> Self:
        """Filter sectors visible to the member: the whole project's, managed ones, those of the member's queues."""
        sectors = self.filter(project=member.project)
        if member.sees_whole_project:
            return sectors
        of_own_queues = hooks.sectors_of_queues(member.queue_ids)
        return sectors.filter(Q(pk__in=member.managed_sector_ids) | Q(pk__in=of_own_queues))

    def with_first_queue(self) -> Self:
        """Annotate ``first_queue``, the key of the sector's default queue (first live one, on hold last)."""
        return self.annotate(first_queue=hooks.first_queue())

    def with_readiness(self) -> Self:
        """Annotate ``has_queue``, ``has_agent``, ``has_tag`` (live ones only): what a sector needs to work."""
        return self.annotate(**{f"has_{code}": need.present() for code, need in hooks.NEEDS.items()})
