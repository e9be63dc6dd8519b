"""Pages of an organization and its projects: create, settings, archive, restore."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.http import adder_of, refusals_added_to, success_toast
from core.pagination import Keyset
from core.text import search_by_name
from orgs import hooks, operations
from orgs.access import (
    Actor,
    ActorRequest,
    Member,
    MemberRequest,
    OrganizationMember,
    OrganizationRequest,
    SignedInRequest,
    archived_organization_member,
    organization_requires,
    requires,
    signed_in,
)
from orgs.access.two_factor import second_factors
from orgs.forms import NameForm
from orgs.models import NAME_LENGTH, Organization, OrganizationMembership, Project, ProjectMembership, ProjectRole
from orgs.views.home import all_projects

PAGE = 60
BY_NAME = Keyset("name", "id")


@adder_of("orgs:home")
@signed_in
def organization_new(request: SignedInRequest) -> HttpResponse:
    """Create an organization; its creator becomes Administrator. By GET, the list of all with the form open."""
    form = NameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_added_to(form):
            made = operations.create_organization(form.cleaned_data["name"], by=Actor.person(request.user, request))
            success_toast(request, _("The organization was created. Create its first project."))
            return redirect("orgs:organization", made.pk)
    return all_projects(request, form, adding=True)


@require_GET
@organization_requires(OrganizationMember.may_see)
def organization(request: OrganizationRequest) -> HttpResponse:
    """List the organization's projects: names for every member, links and roles for those who are in them."""
    return _projects_page(request, NameForm())


def _projects_page(request: OrganizationRequest, form: NameForm, *, adding: bool = False) -> HttpResponse:
    member = request.organization_member
    wants_archived = request.GET.get("archived") == "1" and member.may_change_settings()
    search = request.GET.get("q", "").replace("\x00", "")[:NAME_LENGTH].strip()
    rows = Project.objects.filter(organization=member.organization, archived_at__isnull=not wants_archived)
    if search:
        rows = search_by_name(rows, search)
    kept = {**({"q": search} if search else {}), **({"archived": "1"} if wants_archived else {})}
    found = BY_NAME.list_page(request.GET, rows, PAGE, kept=urlencode(kept), lenient=True)
    roles = dict(
        ProjectMembership.objects.filter(user=member.user, project__in=found.rows).values_list("project", "role")
    )
    context = {
        "member": member,
        "projects": [
            {
                "project": project,
                "role": ProjectRole(roles[project.pk]).label if project.pk in roles else "",
                "may_open": member.administers or project.pk in roles,
            }
            for project in found.rows
        ],
        "archived": wants_archived,
        "some_archived": member.may_change_settings()
        and Project.objects.archived().filter(organization=member.organization).exists(),
        "search": search,
        "older_url": found.older_url,
        "first_url": "?" + urlencode(kept) if "after" in request.GET else "",
        "searchable": bool(search or found.older_url or "after" in request.GET),
        "form": form,
        "adding": adding,
    }
    return render(request, "orgs/organization.html", context, status=422 if form.errors else 200)


def _rename(
    request: ActorRequest, place: Organization | Project, rename: Callable[..., object]
) -> tuple[NameForm, bool]:
    """Rename the place if the request says so; returns the form with its errors, and whether the name is saved."""
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": place.name})
    if form.is_valid():
        with refusals_added_to(form):
            rename(place, form.cleaned_data["name"], by=request.actor)
            success_toast(request, _("Saved."))
            return form, True
    return form, False


@organization_requires(OrganizationMember.may_change_settings)
def organization_settings(request: OrganizationRequest) -> HttpResponse:
    """Rename the organization; also offers to archive it."""
    member = request.organization_member
    row = member.organization
    form, saved = _rename(request, row, operations.rename_organization)
    if saved:
        return redirect("orgs:organization_settings", row.pk)
    context = {
        "member": member,
        "form": form,
        "live_projects": Project.objects.live().filter(organization=row)[:1000].count(),
        "without_second": OrganizationMembership.objects.filter(organization=row)
        .exclude(user__in=second_factors().values("user"))[:10_000]
        .count(),
        "have_second": second_factors().filter(user=member.user).exists(),
    }
    return render(request, "orgs/organization_settings.html", context, status=422 if form.errors else 200)


@require_POST
@organization_requires(OrganizationMember.may_change_settings)
def organization_two_factors(request: OrganizationRequest) -> HttpResponse:
    """Require two-factor sign-in of the members, or stop requiring it."""
    member = request.organization_member
    required = request.POST.get("required") == "1"
    operations.require_two_factors(member.organization, required, by=request.actor)
    success_toast(
        request,
        _("Members now need two factors.")
        if required
        else _("Members choose themselves whether to use two factors."),
    )
    return redirect("orgs:organization_settings", member.organization.pk)


@require_POST
@organization_requires(OrganizationMember.may_change_settings)
def organization_archive(request: OrganizationRequest) -> HttpResponse:
    member = request.organization_member
    operations.archive_organization(member.organization, by=request.actor)
    success_toast(
        request, _("%(name)s is archived. You find it below your organizations.") % {"name": member.organization.name}
    )
    return redirect(f"{reverse('orgs:home')}?all=1")


@require_POST
@signed_in
def organization_restore(request: SignedInRequest, organization: UUID) -> HttpResponse:
    """Restore an archived organization; for everybody but its Administrators it does not exist."""
    member = archived_organization_member(request.user, organization)
    if member is None:
        raise Http404
    operations.restore_organization(member.organization, by=Actor.in_organization(member, request))
    success_toast(request, _("%(name)s is back. Restore the projects you need.") % {"name": member.organization.name})
    return redirect(f"{reverse('orgs:organization', args=[organization])}?archived=1")


@requires(Member.may_change_settings)
def project_settings(request: MemberRequest) -> HttpResponse:
    """Rename the project; also offers to archive it."""
    member = request.member
    row = member.project
    form, saved = _rename(request, row, operations.rename_project)
    if saved:
        return redirect("orgs:project_settings", row.pk)
    context = {
        "member": member,
        "form": form,
        "people": ProjectMembership.objects.filter(project=row)[:10_000].count(),
        "open_tickets": hooks.open_tickets(row),
        "may_restore": member.administers_organization,
    }
    return render(request, "orgs/project_settings.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Member.may_change_settings)
def project_archive(request: MemberRequest) -> HttpResponse:
    member = request.member
    operations.archive_project(member.project, by=request.actor)
    sentence = _("%(name)s is archived. Nothing of it is deleted.") % {"name": member.project.name}
    if not member.administers_organization:
        success_toast(request, sentence)
        return redirect(f"{reverse('orgs:home')}?all=1")
    place = [member.project.organization_id]
    success_toast(request, sentence, undo=reverse("orgs:project_restore", args=[*place, member.project.pk]))
    return redirect(f"{reverse('orgs:organization', args=place)}?archived=1")


@require_POST
@organization_requires(OrganizationMember.may_change_settings)
def project_restore(request: OrganizationRequest, project: UUID) -> HttpResponse:
    member = request.organization_member
    row = get_object_or_404(Project, organization=member.organization, pk=project)
    operations.restore_project(row, by=request.actor)
    success_toast(request, _("%(name)s is back, with its members, sectors and history.") % {"name": row.name})
    return redirect("orgs:organization", member.organization.pk)


@adder_of("orgs:organization", "organization")
@organization_requires(OrganizationMember.may_create_projects)
def project_new(request: OrganizationRequest) -> HttpResponse:
    """Create a project; an organization Contributor becomes its Contributor. By GET, the list with the form open."""
    member = request.organization_member
    form = NameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_added_to(form):
            project = operations.create_project(member.organization, form.cleaned_data["name"], by=request.actor)
            return redirect("setup:checklist", project.pk)
    return _projects_page(request, form, adding=True)
