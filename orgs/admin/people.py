"""Admin of people's accounts: switch off and on, end sessions, send password e-mails. Names and addresses are
read-only."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.admin import LimitedInline, ReadOnlyAdmin, operation_action
from orgs import operations
from orgs.access import Actor
from orgs.access.two_factor import second_factors
from orgs.accounts.password_mail import send_password_mail
from orgs.hooks import active_tickets_of
from orgs.models import OrganizationMembership, ProjectMembership, User
from orgs.querysets import PeopleQuerySet

from .places import count_of


class _OrganizationsInline(LimitedInline):
    model = OrganizationMembership
    fields = readonly_fields = ("organization", "role", "created_at")
    verbose_name_plural = _("organizations")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("organization", "user")


class _ProjectsInline(LimitedInline):
    model = ProjectMembership
    fields = readonly_fields = ("project", "organization", "role", "created_at")
    verbose_name_plural = _("projects")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("project", "organization", "user")


def _consequences(user: User) -> list[str]:
    active = active_tickets_of(user)
    sentences = [gettext("They are signed out everywhere at once, can't sign in any more, and leave all queues.")]
    if active:
        goes_back = ngettext(
            "%(n)d active ticket goes back to its queue.", "%(n)d active tickets go back to their queues.", active
        )
        sentences.append(goes_back % {"n": active})
    return sentences


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts. People get one by accepting an invitation, operators by ``createsuperuser``."""

    list_display = ("email", "name", "is_active", "two_factors", "organizations", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email",)
    search_help_text = _("By name or e-mail address")
    date_hierarchy = "date_joined"
    fields = (
        "email",
        "name",
        "language",
        "is_active",
        "is_staff",
        "two_factors",
        "date_joined",
        "last_login",
    )
    readonly_fields = ("name", "two_factors")
    inlines = (_OrganizationsInline, _ProjectsInline)
    actions = ("switch_off", "switch_on", "end_sessions", "send_password_mail")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .annotate(
                has_second_factor=Exists(second_factors().filter(user=OuterRef("pk"))),
                organizations=count_of(OrganizationMembership.objects.all(), "user"),
            )
        )

    def search(self, queryset: QuerySet, term: str, request: HttpRequest) -> tuple[QuerySet, bool]:
        return cast(PeopleQuerySet, queryset).searched(term), False

    @admin.display(description=_("name"))
    def name(self, obj: User) -> str:
        return obj.name

    @admin.display(description=_("two factors"), boolean=True)
    def two_factors(self, obj: Any) -> bool:
        return bool(obj.has_second_factor)

    @admin.display(description=_("organizations"))
    def organizations(self, obj: Any) -> int:
        return int(obj.organizations)

    @operation_action(_("Switch the account off"), confirm=_consequences)
    def switch_off(self, request: HttpRequest, obj: User) -> None:
        operations.switch_account_off(obj, by=Actor.operator(request))

    @operation_action(_("Switch the account on"))
    def switch_on(self, request: HttpRequest, obj: User) -> None:
        operations.switch_account_on(obj, by=Actor.operator(request))

    @operation_action(_("End all sessions"))
    def end_sessions(self, request: HttpRequest, obj: User) -> None:
        operations.end_sessions(obj, by=Actor.operator(request))

    @operation_action(_("Send the link for a new password"))
    def send_password_mail(self, request: HttpRequest, obj: User) -> None:
        send_password_mail(request, obj, by=Actor.operator(request))
