"""Removing members and leaving; both ask for confirmation and show the impact first."""

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
    impact,
    organization_requires,
    requires,
)
from orgs.lookups import membership_of
from orgs.models import OrganizationMembership

from .members import Membership, confirm_dialog, home_or_list, list_url


@organization_requires(OrganizationMember.may_manage_members)
def organization_member_remove(request: OrganizationRequest, user: UUID) -> HttpResponse:
    return _remove(request, membership_of(request.organization_member.organization, user))


@requires(Member.may_manage_members)
def project_member_remove(request: MemberRequest, user: UUID) -> HttpResponse:
    return _remove(request, membership_of(request.member.project, user))


@organization_requires(OrganizationMember.may_see)
def organization_leave(request: OrganizationRequest) -> HttpResponse:
    organization = request.organization_member.organization
    back = reverse("orgs:organization", args=[organization.pk])
    return _leave(request, membership_of(organization, request.user.pk), organization.name, back)


@requires(Member.may_see_project)
def project_leave(request: MemberRequest) -> HttpResponse:
    """Leave the project. Organization Administrators without a role in it have no membership to end: 404."""
    project = request.member.project
    if not request.member.project_role:
        raise Http404
    back = reverse("orgs:project_home", args=[project.pk])
    return _leave(request, membership_of(project, request.user.pk), project.name, back)


def _remove(request: ActorRequest, membership: Membership) -> HttpResponse:
    name = {"name": membership.user.name}
    question = {
        "title": _("Remove %(name)s?") % name,
        "ends": _("Access ends at once, open pages included. The history keeps the name."),
        "ok": _("Remove"),
        "back_url": list_url(membership),
    }
    done = _("%(name)s is no longer a member.") % name
    return _end(request, membership, question, done, home_or_list(request, membership))


def _leave(request: ActorRequest, membership: Membership, place: str, back: str) -> HttpResponse:
    question = {
        "title": _("Leave %(name)s?") % {"name": place},
        "ends": _("Your access ends at once; somebody there must add you to come back. The history keeps your name."),
        "ok": _("Leave"),
        "back_url": back,
    }
    done = _("You have left %(name)s.") % {"name": place}
    return _end(request, membership, question, done, reverse("orgs:home"))


def _end(
    request: ActorRequest, membership: Membership, question: dict[str, Any], done: str, target: str
) -> HttpResponse:
    """End a membership once that is confirmed; else ask the question."""
    of_organization = isinstance(membership, OrganizationMembership)
    if request.method != "POST":
        impact_of: Any = impact.organization_role_impact if of_organization else impact.project_role_impact
        sentences = impact_of(membership, None).sentences
        return confirm_dialog(request, {**question, "sentences": sentences, "action": request.path, "danger": True})
    remove: Any = operations.remove_from_organization if of_organization else operations.remove_from_project
    remove(membership, by=request.actor)
    success_toast(request, done)
    return redirect(target)
