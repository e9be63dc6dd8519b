"""An organization and its projects."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orgs import operations
from orgs.access import Actor, OrganizationMember, organization_requires, projects_of, signed_in
from orgs.errors import DomainError
from orgs.forms import NameForm
from orgs.models import Project
from orgs.web import add_refusal, say_done

PAGE = 100


@signed_in
def organization_new(request: HttpRequest) -> HttpResponse:
    """A new organization; whoever makes it is its Administrator."""
    form = NameForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = operations.create_organization(form.cleaned_data["name"], by=Actor.person(request.user, request))  # type: ignore[arg-type]
        except DomainError as error:
            add_refusal(form, error)
        else:
            say_done(request, _("The organization is there. Create its first project."))
            return redirect("orgs:organization", made.pk)
    context = {"form": form, "heading": _("New organization")}
    return render(request, "orgs/name_form.html", context, status=422 if form.errors else 200)


@require_GET
@organization_requires(OrganizationMember.may_see)
def organization(request: HttpRequest) -> HttpResponse:
    """The projects of an organization: names for every member, links for whoever is in them."""
    member: OrganizationMember = request.organization_member  # type: ignore[attr-defined]
    mine = set(projects_of(member.user).values_list("pk", flat=True))
    projects = list(Project.objects.live().filter(organization=member.organization).order_by("name")[: PAGE + 1])
    context = {
        "member": member,
        "projects": [(project, project.pk in mine) for project in projects[:PAGE]],
        "more": len(projects) > PAGE,
    }
    return render(request, "orgs/organization.html", context)


@organization_requires(OrganizationMember.may_create_projects)
def project_new(request: HttpRequest) -> HttpResponse:
    """A new project of the organization. A Contributor who makes one is its Contributor."""
    member: OrganizationMember = request.organization_member  # type: ignore[attr-defined]
    form = NameForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            project = operations.create_project(
                member.organization,
                form.cleaned_data["name"],
                by=request.actor,  # type: ignore[attr-defined]
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("setup:checklist", project.pk)
    context = {"form": form, "heading": _("New project"), "organization": member.organization}
    return render(request, "orgs/name_form.html", context, status=422 if form.errors else 200)
