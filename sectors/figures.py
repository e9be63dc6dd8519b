"""What lists of sectors show beside their names."""

from typing import Any

from django.db.models import Count, QuerySet

from .models import Sector


def _counted(rows: QuerySet, by: str, what: str) -> dict[Any, int]:
    return dict(rows.order_by().values(by).annotate(n=Count(what, distinct=True)).values_list(by, "n"))


def with_figures(sectors: list[Sector]) -> list[Sector]:
    """Give loaded sectors ``queue_count``, ``agent_count``, ``tag_count`` of what is live, in three queries however
    many they are. Queues and tags belong to apps above; the related names are the link."""
    keys = [sector.pk for sector in sectors]
    queues: Any = Sector._meta.get_field("queues").related_model
    tags: Any = Sector._meta.get_field("tags").related_model
    live = queues.objects.filter(sector__in=keys, archived_at=None)
    counts = {
        "queue_count": _counted(live, "sector", "pk"),
        "agent_count": _counted(live.filter(places__isnull=False), "sector", "places__user"),
        "tag_count": _counted(tags.objects.filter(sector__in=keys, archived_at=None), "sector", "pk"),
    }
    for sector in sectors:
        for name, found in counts.items():
            setattr(sector, name, found.get(sector.pk, 0))
    return sectors
