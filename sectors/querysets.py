"""Querysets of sectors."""

from typing import Self

from django.db.models import Count, Q

from orgs.access import Member
from orgs.models import ArchivableQuerySet
from sectors import hooks


class ConfigurableQuerySet(ArchivableQuerySet):
    """Sectors, or rows of a sector, by who may configure them."""

    #: Lookup paths from the row to its project and its sector.
    project_path, sector_path = "sector__project", "sector_id"

    def configurable_by(self, member: Member) -> Self:
        """Filter the rows of the member's project that the member may configure."""
        rows = self.filter(**{self.project_path: member.project})
        return rows if member.configures else rows.filter(**{f"{self.sector_path}__in": member.managed_sector_ids})


class SectorQuerySet(ConfigurableQuerySet):
    """Sectors by visibility and readiness."""

    project_path, sector_path = "project", "pk"

    def visible_to(self, member: Member) -> Self:
        """Filter sectors visible to the member: the whole project's, managed ones, those of the member's queues."""
        sectors = self.filter(project=member.project)
        if member.sees_whole_project:
            return sectors
        of_own_queues = hooks.sectors_of_queues(member.queue_ids)
        return sectors.filter(Q(pk__in=member.managed_sector_ids) | Q(pk__in=of_own_queues))

    def zones(self) -> list[str]:
        """Return the sectors' time zones, most frequent first; UTC if there are none. One query."""
        counted = self.order_by().values("timezone").annotate(sectors=Count("pk")).order_by("-sectors", "timezone")
        return list(counted.values_list("timezone", flat=True)) or ["UTC"]

    def with_first_queue(self) -> Self:
        """Annotate ``first_queue``, the key of the sector's default queue (first live one, on hold last)."""
        return self.annotate(first_queue=hooks.first_queue())

    def with_readiness(self) -> Self:
        """Annotate ``has_queue``, ``has_agent``, ``has_tag`` (live ones only): what a sector needs to work."""
        return self.annotate(**{f"has_{code}": need.present() for code, need in hooks.NEEDS.items()})
