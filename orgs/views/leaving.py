"""Removing members and leaving; both ask for confirmation and show the impact first."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.http import success_toast
from orgs import operations
from orgs.access import (
    ActorRequest,
    Member,
    MemberRequest,
    OrganizationMember,
    OrganizationRequest,
    SignedInRequest,
    impact,
    organization_requires,
    requires,
)
from orgs.lookups import organization_membership, project_membership

from .members import (
    Membership,
    confirm_dialog,
    home_or_list,
    list_url,
)


@organization_requires(OrganizationMember.may_manage_members)
def organization_member_remove(request: OrganizationRequest, user: UUID) -> HttpResponse:
    member = request.organization_member
    membership = organization_membership(member, user)
    if request.method != "POST":
        return _ask_to_remove(request, membership, impact.organization_role_impact(membership, None))
    return _end(request, membership, operations.remove_from_organization)


@requires(Member.may_manage_members)
def project_member_remove(request: MemberRequest, user: UUID) -> HttpResponse:
    member = request.member
    membership = project_membership(member, user)
    if request.method != "POST":
        return _ask_to_remove(request, membership, impact.project_role_impact(membership, None))
    return _end(request, membership, operations.remove_from_project)


@organization_requires(OrganizationMember.may_see)
def organization_leave(request: OrganizationRequest) -> HttpResponse:
    member = request.organization_member
    membership = organization_membership(member, member.user.pk)
    if request.method != "POST":
        causes = impact.organization_role_impact(membership, None)
        name, back = member.organization.name, reverse("orgs:organization", args=[member.organization.pk])
        return _ask_to_leave(request, name, causes, back)
    return _left(request, membership, operations.remove_from_organization, member.organization.name)


@requires(Member.may_see_project)
def project_leave(request: MemberRequest) -> HttpResponse:
    """Leave the project. Organization Administrators without a role in it have no membership to end: 404."""
    member = request.member
    if not member.project_role:
        raise Http404
    membership = project_membership(member, member.user.pk)
    if request.method != "POST":
        causes = impact.project_role_impact(membership, None)
        return _ask_to_leave(
            request, member.project.name, causes, reverse("orgs:project_home", args=[member.project.pk])
        )
    return _left(request, membership, operations.remove_from_project, member.project.name)


def _ask_to_remove(request: SignedInRequest, membership: Membership, causes: impact.RemovalImpact) -> HttpResponse:
    context: dict[str, Any] = {
        "title": _("Remove %(name)s?") % {"name": membership.user.name},
        "sentences": causes.sentences,
        "ends": _("Access ends at once, open pages included. The history keeps the name."),
        "action": request.path,
        "ok": _("Remove"),
        "danger": True,
        "back_url": list_url(membership),
    }
    return confirm_dialog(request, context)


def _ask_to_leave(request: SignedInRequest, name: str, causes: impact.RemovalImpact, back: str) -> HttpResponse:
    context: dict[str, Any] = {
        "title": _("Leave %(name)s?") % {"name": name},
        "sentences": causes.sentences,
        "ends": _("Your access ends at once; somebody there must add you to come back. The history keeps your name."),
        "action": request.path,
        "ok": _("Leave"),
        "danger": True,
        "back_url": back,
    }
    return confirm_dialog(request, context)


def _end(request: ActorRequest, membership: Membership, remove: Callable[..., None]) -> HttpResponse:
    remove(membership, by=request.actor)
    success_toast(request, _("%(name)s is no longer a member.") % {"name": membership.user.name})
    return redirect(home_or_list(request, membership))


def _left(request: ActorRequest, membership: Membership, remove: Callable[..., None], name: str) -> HttpResponse:
    remove(membership, by=request.actor)
    success_toast(request, _("You have left %(name)s.") % {"name": name})
    return redirect("orgs:home")
