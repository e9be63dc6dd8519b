"""Back-office pages of the tags app (docs/admin.md)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ArchivedFilter, ChosenFilter, OperationAdmin, name_models, operation_action
from core.http import form_version
from orgs.access import Actor
from orgs.models import Project
from sectors.admin import sector_in_use, sectors_in_use
from sectors.models import Sector
from tags import operations
from tags.models import Tag

name_models({Tag: (_("tag"), _("tags"))})


@admin.register(Tag)
class TagAdmin(OperationAdmin):
    """Tags. Merging is on the sector's own page, which shows its effects."""

    list_display = ("name", "sector", "project", "color", "merged_into", "closed_by_flow", "archived_at")
    list_filter = (ArchivedFilter, "closed_by_flow", ChosenFilter.of("sector", Sector, _("sector")))
    search_fields = ("name", "sector__name", "sector__project__name")
    date_hierarchy = "created_at"
    autocomplete_fields = ("sector",)
    actions = ("archive", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Join what decides whether the tag can be edited."""
        return super().get_queryset(request).select_related("sector__project__organization", "merged_into")

    @admin.display(description=_("project"), ordering="sector__project__name")
    def project(self, obj: Tag) -> Project:
        return obj.sector.project

    def is_open(self, obj: Tag) -> bool:
        return sector_in_use(obj.sector)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The tag of closings by the flow is managed by the program."""
        return super().has_change_permission(request, obj) and not (obj and obj.closed_by_flow)

    fields = ("sector", "name", "description", "color")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A tag can't move to another sector."""
        return ("sector",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only sectors in use."""
        return super().formfield_for_foreignkey(db_field, request, queryset=sectors_in_use(), **kwargs)

    def create(self, request: HttpRequest, form: Any, rows: Any) -> Tag:
        """Create a tag at the end of its sector's list."""
        data = form.cleaned_data
        new = operations.NewTag(data["name"], data["description"], data["color"])
        [made] = operations.add_tags(data["sector"], [new], by=Actor.operator(request))
        return made

    def update(self, request: HttpRequest, obj: Tag, form: Any, rows: Any) -> None:
        data = form.cleaned_data
        operations.change_tag(
            obj,
            by=Actor.operator(request),
            expected_version=form_version(request),
            name=data["name"],
            description=data["description"],
            color=data["color"],
        )

    @operation_action(_("Archive"))
    def archive(self, request: HttpRequest, obj: Tag) -> None:
        operations.archive_tag(obj, by=Actor.operator(request))

    @operation_action(_("Restore"))
    def restore(self, request: HttpRequest, obj: Tag) -> None:
        operations.restore_tag(obj, by=Actor.operator(request))
