"""Back-office pages of the tags app (docs/admin.md)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ArchivedFilter, ChosenFilter, name_models
from core.http import form_version
from orgs.access import Actor
from orgs.admin.places import ArchivableAdmin
from sectors.admin import OfSectorAdmin
from sectors.models import Sector
from tags import operations
from tags.models import Tag

name_models({Tag: (_("tag"), _("tags"))})


@admin.register(Tag)
class TagAdmin(OfSectorAdmin, ArchivableAdmin):
    """Tags. Merging is on the sector's own page, which shows its effects."""

    list_display = ("name", "sector", "project", "color", "merged_into", "closed_by_flow", "archived_at")
    list_filter = (ArchivedFilter, "closed_by_flow", ChosenFilter.of("sector", Sector, _("sector")))
    fields = ("sector", "name", "description", "color")
    archive_operation = staticmethod(operations.archive_tag)
    restore_operation = staticmethod(operations.restore_tag)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("merged_into")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The tag of closings by the flow is managed by the program."""
        return super().has_change_permission(request, obj) and not (obj and obj.closed_by_flow)

    def create(self, request: HttpRequest, form: Any, rows: Any) -> Tag:
        """Create a tag at the end of its sector's list."""
        data = form.cleaned_data
        new = operations.NewTag(data["name"], data["description"], data["color"])
        [made] = operations.add_tags(data["sector"], [new], by=Actor.operator(request))
        return made

    def update(self, request: HttpRequest, obj: Tag, form: Any, rows: Any) -> None:
        values = {name: form.cleaned_data[name] for name in ("name", "description", "color")}
        operations.change_tag(obj, by=Actor.operator(request), expected_version=form_version(request), **values)
