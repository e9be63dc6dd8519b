"""Admin of API tokens and invitations, without their secrets."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.admin import ChosenFilter, ReadOnlyAdmin, operation_action
from orgs import operations
from orgs.access import Actor
from orgs.models import ApiToken, Invitation, Organization, Project, TokenScope

_SCOPES = dict(TokenScope.choices)


class UsableFilter(admin.SimpleListFilter):
    """Tokens that are usable, or no longer."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("usable", _("Works")), ("ended", _("Revoked or expired"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        return {"usable": queryset.usable, "ended": queryset.ended}.get(self.value() or "", queryset.all)()


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens. They are created on the pages or by a command, which show the secret once."""

    list_display = (
        "name",
        "hint",
        "may",
        "organization",
        "project",
        "created_at",
        "expires_at",
        "last_used_at",
        "works",
    )
    list_select_related = ("organization", "project")
    list_filter = (
        UsableFilter,
        ChosenFilter.of("organization", Organization, _("organization")),
        ChosenFilter.of("project", Project, _("project")),
    )
    search_fields = ("name", "organization__name", "project__name")
    date_hierarchy = "created_at"
    fields = (
        "name",
        "hint",
        "may",
        "organization",
        "project",
        "maker_name",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = ("may",)
    actions = ("revoke",)

    @admin.display(description=_("allowed to"))
    def may(self, obj: ApiToken) -> str:
        return ", ".join(str(_SCOPES.get(scope, scope)) for scope in obj.scopes)

    @admin.display(description=_("works"), boolean=True)
    def works(self, obj: ApiToken) -> bool:
        return obj.is_usable

    @operation_action(_("Revoke"), confirm=lambda obj: [_("It stops working at once and for good.")])
    def revoke(self, request: HttpRequest, obj: ApiToken) -> None:
        operations.revoke_token(obj, by=Actor.operator(request))


class OpenFilter(admin.SimpleListFilter):
    """Invitations that are open, or no longer."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Waiting")), ("expired", _("Expired")), ("ended", _("Accepted or revoked"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        now = timezone.now()
        if self.value() == "open":
            return queryset.open().filter(expires_at__gt=now)
        if self.value() == "expired":
            return queryset.open().filter(expires_at__lte=now)
        if self.value() == "ended":
            return queryset.filter(Q(accepted_at__isnull=False) | Q(revoked_at__isnull=False))
        return queryset


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations."""

    list_display = ("email", "organization", "organization_role", "opens", "created_at", "expires_at", "mailed_at")
    list_select_related = ("organization",)
    list_filter = (OpenFilter, ChosenFilter.of("organization", Organization, _("organization")))
    search_fields = ("email", "organization__name")
    date_hierarchy = "created_at"
    fields = (
        "email",
        "organization",
        "organization_role",
        "opens",
        "created_at",
        "expires_at",
        "mailed_at",
        "accepted_at",
        "revoked_at",
    )
    readonly_fields = ("opens",)
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("projects__project")

    @admin.display(description=_("projects"))
    def opens(self, obj: Invitation) -> str:
        return ", ".join(f"{opened.project.name}: {opened.get_role_display()}" for opened in obj.projects.all())

    @operation_action(_("Revoke"))
    def revoke(self, request: HttpRequest, obj: Invitation) -> None:
        operations.revoke(obj, by=Actor.operator(request))
