"""Members of an organization and of a project: add, change, remove."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orgs import operations
from orgs.access import Member, OrganizationMember, organization_requires, requires
from orgs.errors import DomainError
from orgs.forms import OrganizationMemberForm, ProjectMemberForm, RoleForm
from orgs.invitation_mail import send_invitation
from orgs.models import (
    Invitation,
    OrganizationMembership,
    OrganizationRole,
    ProjectMembership,
    ProjectRole,
    User,
)
from orgs.web import add_refusal, say_done

PAGE = 50
#: So many addresses of the organization are proposed for a project; any other can be typed.
PROPOSED = 100


def _page(request: HttpRequest, rows: QuerySet, *, by: str = "user__email") -> dict[str, Any]:
    """Return one page of memberships, by address, with the search and the links to its neighbours."""
    search = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    if search:
        rows = rows.filter(
            Q(user__email__icontains=search)
            | Q(user__first_name__icontains=search)
            | Q(user__last_name__icontains=search)
        )
    after = request.GET.get("after", "").replace("\x00", "")[:254]
    if after:
        rows = rows.filter(**{f"{by}__gt": after})
    found = list(rows.select_related("user").order_by(by)[: PAGE + 1])
    older = ""
    if len(found) > PAGE:
        older = "?" + urlencode({"q": search, "after": found[PAGE - 1].user.email})
    return {
        "members": found[:PAGE],
        "search": search,
        "older_url": older,
        "first_url": "?" + urlencode({"q": search}) if after else "",
    }


def _count_active(members: list[Any], **place: Any) -> None:
    """Set ``active_tickets`` on the memberships of a page: what goes back to its queues if they are removed.

    Tickets belong to an app above, reached by the user's related name.
    """
    tickets: Any = User._meta.get_field("tickets").related_model
    rows = tickets.objects.filter(agent__in=[m.user_id for m in members], status="active", **place)
    counts = dict(rows.order_by().values_list("agent").annotate(Count("pk")))
    for membership in members:
        membership.active_tickets = counts.get(membership.user_id, 0)


def _invited(request: HttpRequest, invitation: Invitation | None, secret: str, email: str) -> None:
    if invitation is None:
        say_done(request, _("%(email)s is a member now.") % {"email": email})
    else:
        _send(request, invitation, secret)


def _send(request: HttpRequest, invitation: Invitation, secret: str) -> None:
    if send_invitation(invitation, secret, request):
        say_done(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
    else:
        messages.warning(
            request,
            _("The invitation for %(email)s could not be mailed. Send it again later.") % {"email": invitation.email},
        )


@organization_requires(OrganizationMember.may_manage_members)
def organization_members(request: HttpRequest) -> HttpResponse:
    """The list, and adding somebody by e-mail."""
    member: OrganizationMember = request.organization_member  # type: ignore[attr-defined]
    form = OrganizationMemberForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            _added, invitation, secret = operations.add_by_email(
                member.organization,
                email,
                form.cleaned_data["role"],
                by=request.actor,  # type: ignore[attr-defined]
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            _invited(request, invitation, secret, email)
            return redirect("orgs:organization_members", member.organization.pk)
    page = _page(request, OrganizationMembership.objects.filter(organization=member.organization))
    _count_active(page["members"], project__organization=member.organization)
    context = {
        "member": member,
        "form": form,
        "roles": OrganizationRole.choices,
        "invitations": Invitation.objects.open()
        .filter(organization=member.organization)
        .select_related("project")
        .order_by("-created_at")[:PAGE],
        **page,
    }
    return render(request, "orgs/organization_members.html", context, status=422 if form.errors else 200)


def _organization_membership(request: HttpRequest, user: UUID) -> OrganizationMembership:
    member: OrganizationMember = request.organization_member  # type: ignore[attr-defined]
    found = (
        OrganizationMembership.objects.filter(organization=member.organization, user=user)
        .select_related("user", "organization")
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_POST
@organization_requires(OrganizationMember.may_manage_members)
def organization_member_role(request: HttpRequest, user: UUID) -> HttpResponse:
    """Give a member of the organization another role."""
    membership = _organization_membership(request, user)
    form = RoleForm(OrganizationRole, request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        operations.change_organization_role(membership, role, by=request.actor)  # type: ignore[attr-defined]
        say_done(request, _("The role is changed."))
    else:
        raise DomainError(_("Choose one of the roles."), code="invalid", field="role")
    return _after_own_change(request, membership)


@require_POST
@organization_requires(OrganizationMember.may_manage_members)
def organization_member_remove(request: HttpRequest, user: UUID) -> HttpResponse:
    """Remove a member from the organization and all its projects."""
    membership = _organization_membership(request, user)
    operations.remove_from_organization(membership, by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("%(name)s is no longer a member.") % {"name": membership.user.name})
    return _after_own_change(request, membership)


@require_POST
@organization_requires(OrganizationMember.may_manage_members)
def invitation_resend(request: HttpRequest, invitation: UUID) -> HttpResponse:
    """Send an invitation again, with a new link."""
    found = _open_invitation(request, invitation)
    secret = operations.renew(found, by=request.actor)  # type: ignore[attr-defined]
    found.refresh_from_db()
    _send(request, found, secret)
    return redirect("orgs:organization_members", found.organization_id)


@require_POST
@organization_requires(OrganizationMember.may_manage_members)
def invitation_revoke(request: HttpRequest, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    found = _open_invitation(request, invitation)
    operations.revoke(found, by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("The invitation for %(email)s no longer works.") % {"email": found.email})
    return redirect("orgs:organization_members", found.organization_id)


def _open_invitation(request: HttpRequest, pk: UUID) -> Invitation:
    member: OrganizationMember = request.organization_member  # type: ignore[attr-defined]
    found = Invitation.objects.open().filter(organization=member.organization, pk=pk).first()
    if found is None:
        raise Http404
    return found


@requires(Member.may_manage_members)
def project_members(request: HttpRequest) -> HttpResponse:
    """The list, and adding somebody of the organization or somebody new."""
    member: Member = request.member  # type: ignore[attr-defined]
    form = ProjectMemberForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            _add_to_project(request, form.cleaned_data["email"], form.cleaned_data["role"])
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("orgs:project_members", member.project.pk)
    page = _page(request, ProjectMembership.objects.filter(project=member.project))
    _count_active(page["members"], project=member.project)
    context = {
        "form": form,
        "roles": ProjectRole.choices,
        "is_organization_administrator": member.organization_role == OrganizationRole.ADMINISTRATOR,
        "invitations": Invitation.objects.open().filter(project=member.project).order_by("-created_at")[:PAGE],
        "candidates": _candidates(member),
        **page,
    }
    return render(request, "orgs/project_members.html", context, status=422 if form.errors else 200)


def _candidates(member: Member) -> list[User]:
    """Return members of the organization who are not in the project yet, to be proposed by their address."""
    return list(
        User.objects.filter(organization_memberships__organization=member.project.organization, is_active=True)
        .exclude(project_memberships__project=member.project)
        .order_by("email")[:PROPOSED]
    )


def _add_to_project(request: HttpRequest, email: str, role: str) -> None:
    """Add a member of the organization; for anyone else, invite into both (an Administrator's right)."""
    member: Member = request.member  # type: ignore[attr-defined]
    actor = request.actor  # type: ignore[attr-defined]
    organization = member.project.organization
    present = (
        OrganizationMembership.objects.filter(organization=organization, user__email__iexact=email.strip())
        .select_related("user")
        .first()
    )
    if present is not None:
        operations.add_to_project(member.project, present.user, role, by=actor)
        say_done(request, _("%(email)s is a member now.") % {"email": email})
        return
    if member.organization_role != OrganizationRole.ADMINISTRATOR:
        raise DomainError(
            _("This person is not in the organization. Ask one of its Administrators to add them first."),
            code="not_in_organization",
            field="email",
        )
    _added, invitation, secret = operations.add_by_email(
        organization, email, OrganizationRole.VIEWER, by=actor, project=member.project, project_role=role
    )
    _invited(request, invitation, secret, email)


def _project_membership(request: HttpRequest, user: UUID) -> ProjectMembership:
    member: Member = request.member  # type: ignore[attr-defined]
    found = (
        ProjectMembership.objects.filter(project=member.project, user=user)
        .select_related("user", "project__organization")
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_POST
@requires(Member.may_manage_members)
def project_member_role(request: HttpRequest, user: UUID) -> HttpResponse:
    """Give a member of the project another role."""
    membership = _project_membership(request, user)
    form = RoleForm(ProjectRole, request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose one of the roles."), code="invalid", field="role")
    operations.change_project_role(membership, form.cleaned_data["role"], by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("The role is changed."))
    return _after_own_change(request, membership)


@require_POST
@requires(Member.may_manage_members)
def project_member_remove(request: HttpRequest, user: UUID) -> HttpResponse:
    """Remove a member from the project."""
    membership = _project_membership(request, user)
    operations.remove_from_project(membership, by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("%(name)s is no longer a member.") % {"name": membership.user.name})
    return _after_own_change(request, membership)


def _after_own_change(request: HttpRequest, membership: ProjectMembership | OrganizationMembership) -> HttpResponse:
    """Back to the list, or home for whoever has just given up the right to see it."""
    if membership.user_id == request.user.pk:
        return redirect(reverse("orgs:home"))
    if isinstance(membership, OrganizationMembership):
        return redirect("orgs:organization_members", membership.organization_id)
    return redirect("orgs:project_members", membership.project_id)
