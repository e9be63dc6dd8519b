"""What the tags app registers with the apps below it."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from sectors import hooks

from .models import Tag


def _no_tag(sector: Any) -> hooks.Lack:
    url = reverse("tags:list", args=[sector.project_id, sector.pk])
    return hooks.Lack("tag", _("Not ready: no tag"), _("Not ready: no ticket could be closed."), _("Add tags"), url)


hooks.NEEDS.add("tag", hooks.Need(lambda: Exists(Tag.objects.live().filter(sector=OuterRef("pk"))), _no_tag))


def _tag_count(sector_ids: Collection[UUID]) -> Mapping[UUID, int]:
    rows = Tag.objects.live().filter(sector__in=sector_ids).order_by().values("sector").annotate(n=Count("pk"))
    return dict(rows.values_list("sector", "n"))


hooks.FIGURES.add("tag_count", _tag_count)
