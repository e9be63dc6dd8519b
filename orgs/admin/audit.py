"""The audit log of the whole installation, read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ChosenFilter, ReadOnlyAdmin
from orgs.audit.descriptions import GROUPS, NONE, WHOLE, actions_of, differences_of, sentence_of
from orgs.models import AuditEntry, Organization, Project


class GroupFilter(admin.SimpleListFilter):
    """Filter by a group of actions."""

    title = _("subject")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, group.label) for key, group in GROUPS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        group = self.value()
        return queryset.filter(action__in=actions_of(group)) if group and group in GROUPS else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what, when, from which IP address."""

    list_display = ("at", "actor_name", "sentence", "organization", "project", "address")
    list_display_links = ("sentence",)
    list_select_related = ("organization", "project")
    list_filter = (
        GroupFilter,
        ChosenFilter.of("organization", Organization, _("organization")),
        ChosenFilter.of("project", Project, _("project")),
    )
    search_fields = ("actor_name", "target_name")
    search_help_text = _("By who did it, or what it was done to")
    date_hierarchy = "at"
    fields = ("at", "actor_name", "sentence", "changes", "organization", "project", "address", "request_id")
    readonly_fields = ("sentence", "changes")

    @admin.display(description=_("what was done"))
    def sentence(self, obj: AuditEntry) -> str:
        return sentence_of(obj)

    @admin.display(description=_("before and after"))
    def changes(self, obj: AuditEntry) -> SafeString | str:
        return (
            format_html_join(
                "",
                "<p>{}: {} → {}</p>",
                (
                    (one.label, NONE if one.before is None else one.before, NONE if one.after is None else one.after)
                    for one in differences_of(obj, WHOLE)
                ),
            )
            or NONE
        )
