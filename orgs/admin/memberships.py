"""Admin of organization and project memberships."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ChosenFilter, OperationAdmin, operation_action
from orgs import operations
from orgs.access import Actor, impact
from orgs.models import Organization, OrganizationMembership, Project, ProjectMembership, User

from .places import in_use


def _joinable() -> Any:
    """Return the active users whose address is not awaiting confirmation: they can become members at once."""
    waiting = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=False)
    return User.objects.filter(~Exists(waiting), is_active=True)


class _MembershipAdmin(OperationAdmin):
    place: str
    actions = ("remove",)
    date_hierarchy = "created_at"

    def live_places(self) -> Any:
        raise NotImplementedError

    @admin.display(description=_("person"), ordering="user__email")
    def person(self, obj: Any) -> str:
        return str(obj.user.email)

    def shown_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [self.place, "user", "role"] + (["created_at"] if obj else [])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only the role can change: another person or place means another membership."""
        return (self.place, "user", "created_at") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only people who can join, and only live places."""
        rows = _joinable() if db_field.name == "user" else self.live_places()
        return super().formfield_for_foreignkey(db_field, request, queryset=rows, **kwargs)


@admin.register(OrganizationMembership)
class OrganizationMembershipAdmin(_MembershipAdmin):
    """Members of organizations."""

    place = "organization"
    list_display = ("person", "organization", "role", "created_at")
    list_select_related = ("user", "organization")
    list_filter = (
        "role",
        ChosenFilter.of("organization", Organization, _("organization")),
        ChosenFilter.of("user", User, _("person")),
    )
    search_fields = ("user__email", "user__first_name", "user__last_name", "organization__name")
    autocomplete_fields = ("organization", "user")

    def is_open(self, obj: OrganizationMembership) -> bool:
        return obj.organization.archived_at is None

    def live_places(self) -> Any:
        return Organization.objects.live()

    def create(self, request: HttpRequest, form: Any, rows: Any) -> OrganizationMembership:
        data = form.cleaned_data
        return operations.add_to_organization(
            data["organization"], data["user"], data["role"], by=Actor.operator(request)
        )

    def update(self, request: HttpRequest, obj: OrganizationMembership, form: Any, rows: Any) -> None:
        operations.change_organization_role(obj, form.cleaned_data["role"], by=Actor.operator(request))

    @operation_action(
        _("Remove from the organization"), confirm=lambda obj: impact.organization_role_impact(obj, None).sentences
    )
    def remove(self, request: HttpRequest, obj: OrganizationMembership) -> None:
        operations.remove_from_organization(obj, by=Actor.operator(request))


@admin.register(ProjectMembership)
class ProjectMembershipAdmin(_MembershipAdmin):
    """Members of projects."""

    place = "project"
    list_display = ("person", "project", "organization", "role", "created_at")
    list_filter = (
        "role",
        ChosenFilter.of("project", Project, _("project")),
        ChosenFilter.of("user", User, _("person")),
    )
    search_fields = ("user__email", "user__first_name", "user__last_name", "project__name")
    autocomplete_fields = ("project", "user")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("project__organization", "organization", "user")

    def is_open(self, obj: ProjectMembership) -> bool:
        return in_use(obj.project)

    def live_places(self) -> Any:
        return Project.objects.live().filter(organization__archived_at=None)

    def create(self, request: HttpRequest, form: Any, rows: Any) -> ProjectMembership:
        data = form.cleaned_data
        return operations.add_to_project(data["project"], data["user"], data["role"], by=Actor.operator(request))

    def update(self, request: HttpRequest, obj: ProjectMembership, form: Any, rows: Any) -> None:
        operations.change_project_role(obj, form.cleaned_data["role"], by=Actor.operator(request))

    @operation_action(
        _("Remove from the project"), confirm=lambda obj: impact.project_role_impact(obj, None).sentences
    )
    def remove(self, request: HttpRequest, obj: ProjectMembership) -> None:
        operations.remove_from_project(obj, by=Actor.operator(request))
