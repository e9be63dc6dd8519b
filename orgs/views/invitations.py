"""Open invitations: list, send again, revoke; and accepting one."""

from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.http import form_of, refusals_added_to, safe_next, success_toast
from core.pagination import Keyset
from core.throttling import limited
from orgs import operations
from orgs.access import Actor, OrganizationMember, OrganizationRequest, organization_requires, public
from orgs.access.two_factor import lacks_two_factor, remember_wanted
from orgs.forms import AccountForm
from orgs.invitations import bulk
from orgs.invitations.mail import invitation_url, said_of
from orgs.models import Invitation, InvitedProject, Organization, Project, User

#: Open invitations per page.
PAGE = 20
NEWEST_FIRST = Keyset("-created_at", "-id")


def pending_of(request: HttpRequest, organization: Organization, project: Project | None = None) -> dict[str, Any]:
    """Return template context with a page of open invitations, newest first.

    For an organization, or one of its projects; the page's keys are ``invited_before`` and ``invited_after``.
    """
    rows = Invitation.objects.open().filter(organization=organization).select_related("invited_by")
    opened = InvitedProject.objects.select_related("project")
    if project is not None:
        rows, opened = rows.filter(projects__project=project), opened.filter(project=project)
    rows = rows.prefetch_related(Prefetch("projects", opened))
    # A form shown again after an error is always on the first page.
    query = request.GET if request.method == "GET" else {}
    page = NEWEST_FIRST.list_page(query, rows, PAGE, prefix="invited_")
    return {
        "invitations": page.rows,
        "newer_invitations": page.newer_url,
        "older_invitations": page.older_url,
        "invitations_of": organization.pk,
    }


@require_POST
@organization_requires(OrganizationMember.may_manage_members)
def invitation_resend(request: OrganizationRequest, invitation: UUID) -> HttpResponse:
    found = _open_invitation(request, invitation)
    if bulk.resend(found, by=request.actor):
        success_toast(request, said_of(found.email))
    else:
        messages.warning(
            request,
            _("The invitation for %(email)s could not be mailed. It is kept: send it again later.")
            % {"email": found.email},
        )
    return _back(request, found)


@never_cache
@form_of("orgs:organization_members", "organization")
@organization_requires(OrganizationMember.may_manage_members)
def invitation_link(request: OrganizationRequest, invitation: UUID) -> HttpResponse:
    """Show a new link of an open invitation, to be passed on; the link in the e-mail stops working."""
    found = _open_invitation(request, invitation)
    link = invitation_url(operations.show_link(found, by=request.actor))
    found.refresh_from_db()
    back_url = safe_next(request, reverse("orgs:organization_members", args=[found.organization_id]))
    context = {"invitation": found, "link": link, "back_url": back_url, "member": request.organization_member}
    template = "orgs/_invitation_link.html" if request.htmx else "orgs/invitation_link.html"
    return render(request, template, context)


@require_POST
@organization_requires(OrganizationMember.may_manage_members)
def invitation_revoke(request: OrganizationRequest, invitation: UUID) -> HttpResponse:
    found = _open_invitation(request, invitation)
    operations.revoke(found, by=request.actor)
    success_toast(request, _("The invitation for %(email)s no longer works.") % {"email": found.email})
    return _back(request, found)


def _open_invitation(request: OrganizationRequest, pk: UUID) -> Invitation:
    rows = Invitation.objects.open().select_related("organization")
    return get_object_or_404(rows, organization=request.organization_member.organization, pk=pk)


def _back(request: HttpRequest, found: Invitation) -> HttpResponse:
    return redirect(safe_next(request, reverse("orgs:organization_members", args=[found.organization_id])))


@never_cache
@sensitive_post_parameters("password")
@public
@limited("invitation", "60/m/ip")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: at once for the signed-in owner of the address, else by creating an account."""
    try:
        found = operations.usable_invitation(token[:200])
    except DomainError as error:
        return _refused(request, error)
    user = request.user
    if user.is_authenticated:
        if user.email != found.email:
            return render(request, "orgs/invitation_other.html", {"invitation": found}, status=403)
        if request.method == "POST":
            return _join(request, token, user)
        return render(request, "orgs/invitation_join.html", {"invitation": found})
    if User.objects.filter(email=found.email).exists():
        return redirect(f"{_sign_in_url()}?next={request.path}")
    names = {"first_name": found.first_name, "last_name": found.last_name}
    form = AccountForm(found.email, request.POST if request.method == "POST" else None, initial=names)
    if form.is_valid():
        with refusals_added_to(form):
            user = operations.create_account(
                found.email,
                form.cleaned_data["password"],
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
            )
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            # Who has just chosen the password isn't asked for it again when they set up a second step next.
            record_authentication(request, user, method="password", reauthenticated=True)
            return _join(request, token, user)
    context = {"invitation": found, "form": form}
    return render(request, "orgs/invitation.html", context, status=422 if form.errors else 200)


def _sign_in_url() -> str:
    return resolve_url(settings.LOGIN_URL)


def _join(request: HttpRequest, token: str, user: User) -> HttpResponse:
    try:
        accepted: Invitation = operations.accept(token, user, by=Actor.person(user, request))
    except DomainError as error:
        return _refused(request, error)
    success_toast(request, _("Welcome to %(organization)s.") % {"organization": accepted.organization.name})
    opened = list(accepted.projects.values_list("project_id", flat=True)[:2])
    target = reverse("orgs:project_home", args=[opened[0]]) if len(opened) == 1 else reverse("orgs:home")
    if lacks_two_factor(accepted.organization, user, request.session):
        remember_wanted(request, target)
        return redirect("orgs:second_step")
    return redirect(target)


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return render(request, "orgs/invitation_unusable.html", {"sentence": str(error)}, status=error.status)
