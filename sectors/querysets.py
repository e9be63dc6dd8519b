"""Questions about sectors."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Exists, OuterRef, Q, Subquery

from orgs.models import ArchivableQuerySet

if TYPE_CHECKING:
    from orgs.access import Member


class SectorQuerySet(ArchivableQuerySet):
    """Sectors, by whom they may be seen and whether they are ready."""

    def configurable_by(self, member: "Member") -> Self:
        """Sectors of the member's project that the member may configure."""
        sectors = self.filter(project=member.project)
        if member.configures:
            return sectors
        return sectors.filter(pk__in=member.managed_sector_ids)

    def visible_to(self, member: "Member") -> Self:
        """Sectors that the member sees: the whole project's, managed ones, those of own queues."""
        sectors = self.filter(project=member.project)
        if member.sees_whole_project:
            return sectors
        queues: Any = self.model._meta.get_field("queues").related_model
        of_own_queues = queues.objects.filter(pk__in=member.queue_ids).values("sector")
        return sectors.filter(Q(pk__in=member.managed_sector_ids) | Q(pk__in=of_own_queues))

    def with_first_queue(self) -> Self:
        """Annotate ``first_queue``, the key of the live queue that tickets of the sector go to by default."""
        queues: Any = self.model._meta.get_field("queues").related_model
        live = queues.objects.filter(sector=OuterRef("pk"), archived_at=None)
        live = live.order_by("on_hold", "position", "name", "pk")
        return self.annotate(first_queue=Subquery(live.values("pk")[:1]))

    def with_readiness(self) -> Self:
        """Annotate ``has_queue``, ``has_agent``, ``has_tag`` (live ones): what a sector needs to work.

        Queues and tags belong to apps above; their related names are the link.
        """
        queues: Any = self.model._meta.get_field("queues").related_model
        tags: Any = self.model._meta.get_field("tags").related_model
        live_queues = queues.objects.filter(sector=OuterRef("pk"), archived_at=None)
        return self.annotate(
            has_queue=Exists(live_queues),
            has_agent=Exists(live_queues.filter(places__isnull=False)),
            has_tag=Exists(tags.objects.filter(sector=OuterRef("pk"), archived_at=None)),
        )
