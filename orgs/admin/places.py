"""Admin of organizations and projects."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ArchivedFilter, ChosenFilter, OperationAdmin, OperationForm, operation_action
from orgs import operations
from orgs.access import Actor
from orgs.models import Organization, OrganizationMembership, Project, ProjectMembership, User


def count_of(rows: QuerySet, by: str) -> Coalesce:
    """Return a subquery that counts the related rows of each row of a list."""
    counted = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


def in_use(project: Project) -> bool:
    """Whether neither the project nor its organization is archived: otherwise nothing in it can change."""
    return project.archived_at is None and project.organization.archived_at is None


class ArchivableAdmin(OperationAdmin):
    """Admin of rows that are archived and restored, each by an operation."""

    archive_operation: Callable[..., object]
    restore_operation: Callable[..., object]
    actions = ("archive", "restore")

    @operation_action(_("Archive"))
    def archive(self, request: HttpRequest, obj: Any) -> None:
        self.archive_operation(obj, by=Actor.operator(request))

    @operation_action(_("Restore"))
    def restore(self, request: HttpRequest, obj: Any) -> None:
        self.restore_operation(obj, by=Actor.operator(request))


class OrganizationForm(OperationForm):
    """An organization; a new one with its first Administrator."""

    administrator = forms.ModelChoiceField(
        label=_("First Administrator"),
        queryset=User.objects.filter(is_active=True),
        widget=AutocompleteSelect(OrganizationMembership._meta.get_field("user"), admin.site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["administrator"]


@admin.register(Organization)
class OrganizationAdmin(ArchivableAdmin):
    """Organizations."""

    form = OrganizationForm
    list_display = ("name", "live_projects", "members", "requires_two_factors", "created_at", "archived_at")
    list_filter = (ArchivedFilter, "requires_two_factors")
    search_fields = ("name",)
    date_hierarchy = "created_at"
    readonly_fields = ("created_at", "archived_at")
    archive_operation = staticmethod(operations.archive_organization)
    restore_operation = staticmethod(operations.restore_organization)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .annotate(
                live_projects=count_of(Project.objects.live(), "organization"),
                members=count_of(OrganizationMembership.objects.all(), "organization"),
            )
        )

    @admin.display(description=_("projects"))
    def live_projects(self, obj: Any) -> int:
        return int(obj.live_projects)

    @admin.display(description=_("members"))
    def members(self, obj: Any) -> int:
        return int(obj.members)

    def shown_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Ask for the first Administrator of a new organization."""
        if obj is None:
            return ["name", "administrator"]
        return ["name", "requires_two_factors", "created_at", "archived_at"]

    def create(self, request: HttpRequest, form: Any, rows: Any) -> Organization:
        data = form.cleaned_data
        return operations.create_organization(
            data["name"], by=Actor.operator(request), administrator=data["administrator"]
        )

    def update(self, request: HttpRequest, obj: Organization, form: Any, rows: Any) -> None:
        by, data = Actor.operator(request), form.cleaned_data
        operations.rename_organization(obj, data["name"], by=by)
        operations.require_two_factors(obj, data["requires_two_factors"], by=by)


@admin.register(Project)
class ProjectAdmin(ArchivableAdmin):
    """Projects."""

    list_display = ("name", "organization", "slug", "members", "created_at", "archived_at")
    list_select_related = ("organization",)
    list_filter = (
        ArchivedFilter,
        ChosenFilter.of("organization", Organization, _("organization")),
    )
    search_fields = ("name", "slug", "organization__name")
    date_hierarchy = "created_at"
    autocomplete_fields = ("organization",)
    archive_operation = staticmethod(operations.archive_project)
    restore_operation = staticmethod(operations.restore_project)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("organization")
        return rows.annotate(members=count_of(ProjectMembership.objects.all(), "project"))

    @admin.display(description=_("members"))
    def members(self, obj: Any) -> int:
        return int(obj.members)

    def is_open(self, obj: Project) -> bool:
        return obj.organization.archived_at is None

    def shown_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Omit the slug of a new project: it is derived from the name."""
        return ["organization", "name"] + (["slug", "created_at", "archived_at"] if obj else [])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A project can't move to another organization."""
        return ("organization", "slug", "created_at", "archived_at") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only live organizations."""
        return super().formfield_for_foreignkey(db_field, request, queryset=Organization.objects.live(), **kwargs)

    def create(self, request: HttpRequest, form: Any, rows: Any) -> Project:
        data = form.cleaned_data
        return operations.create_project(data["organization"], data["name"], by=Actor.operator(request))

    def update(self, request: HttpRequest, obj: Project, form: Any, rows: Any) -> None:
        operations.rename_project(obj, form.cleaned_data["name"], by=Actor.operator(request))
