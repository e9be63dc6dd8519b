"""Members of an organization and of a project: list, add, change role."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import CharField, IntegerField
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import pasted_addresses
from core.errors import DomainError
from core.http import add_refusal, form_of, is_scripted, show_toast, success_toast
from core.pagination import Keyset, listed
from core.sorting import Sorting
from orgs import operations
from orgs.access import (
    ActorRequest,
    Member,
    MemberRequest,
    OrganizationMember,
    OrganizationRequest,
    SignedInRequest,
    impact,
    known_to,
    organization_requires,
    requires,
)
from orgs.access.roles import in_organization, in_project
from orgs.forms import OrganizationMemberForm, ProjectMemberForm, RoleForm
from orgs.invitations import bulk
from orgs.lookups import membership_of
from orgs.models import OrganizationMembership, OrganizationRole, Project, ProjectMembership, ProjectRole
from orgs.querysets import MembershipQuerySet, by_person
from orgs.views.invitations import pending_of

#: Maximum number of people suggested for a project, and of those found by a search.
PROPOSED = 100
FOUND = 20
#: Characters of a search that count.
SEARCHED = 320

#: Members of one place are few enough to be sorted for a page; only the usual order has an index.
SORTING = Sorting(
    "address",
    address=Keyset("user__email"),
    name=Keyset("shown", "id", annotated={"shown": CharField()}),
    role=Keyset("rank", "user__email", annotated={"rank": IntegerField()}),
)

Membership = OrganizationMembership | ProjectMembership
Make = Callable[[dict[str, Any] | None], Form]
Invite = Callable[[pasted_addresses.ParsedAddresses, dict[str, Any]], bulk.Outcomes]


@organization_requires(OrganizationMember.may_manage_members)
def organization_members(request: OrganizationRequest) -> HttpResponse:
    """List the members, and add people by e-mail address."""
    member = request.organization_member

    def make(data: dict[str, Any] | None) -> Form:
        return OrganizationMemberForm(member.organization, data)

    def invite(pasted: pasted_addresses.ParsedAddresses, chosen: dict[str, Any]) -> bulk.Outcomes:
        project: Project | None = chosen["project"]
        return bulk.to_organization(
            member.organization,
            pasted,
            chosen["role"],
            project=project,
            project_role=chosen["project_role"] if project else "",
            by=request.actor,
        )

    form, outcomes = _add_all(request, make, invite)
    if outcomes and not form.errors:
        return redirect("orgs:organization_members", member.organization.pk)
    rows = OrganizationMembership.objects.filter(organization=member.organization)
    context = {
        "member": member,
        "form": form,
        "outcomes": outcomes,
        "roles": OrganizationRole.choices,
        **_page(request, rows, OrganizationRole.values),
        **pending_of(request, organization=member.organization),
    }
    return render(request, "orgs/organization_members.html", context, status=422 if form.errors else 200)


@requires(Member.may_manage_members)
def project_members(request: MemberRequest) -> HttpResponse:
    """List the members, and add people by e-mail address."""
    member = request.member

    def invite(pasted: pasted_addresses.ParsedAddresses, chosen: dict[str, Any]) -> bulk.Outcomes:
        return bulk.to_project(member, pasted, chosen["role"], by=request.actor)

    form, outcomes = _add_all(request, ProjectMemberForm, invite)
    if outcomes and not form.errors:
        return redirect("orgs:project_members", member.project.pk)
    rows = ProjectMembership.objects.filter(project=member.project)
    context = {
        "form": form,
        "outcomes": outcomes,
        "roles": ProjectRole.choices,
        **_page(request, rows, ProjectRole.values),
        "administers_organization": member.administers_organization,
        **_proposed(member),
        **pending_of(request, organization=member.project.organization, project=member.project),
    }
    return render(request, "orgs/project_members.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Member.may_manage_members)
def project_candidates(request: MemberRequest) -> HttpResponse:
    """Search the organization's members who are not in the project yet, by name or address, as JSON."""
    typed = request.GET.get("q", "").replace("\x00", "")[:SEARCHED]
    rows = _candidates(request.member, typed).searched(typed)
    found = [{"value": row.user.email, "text": row.user.name} for row in rows.order_by(*by_person("user__"))[:FOUND]]
    return JsonResponse({"people": found})


def _add_all(request: HttpRequest, make: Make, invite: Invite) -> tuple[Form, bulk.Outcomes | None]:
    """Add the people of a submitted form; returns the form to show with what is left to correct, and the outcomes.

    If everything succeeded, the next page shows a toast.
    """
    form = make(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return form, None
    try:
        outcomes = invite(pasted_addresses.parse_addresses(form.cleaned_data["emails"]), form.cleaned_data)
    except DomainError as error:
        add_refusal(form, error)
        return form, None
    if not outcomes.each:
        form.add_error("emails", _("There is no address in it."))
        return form, None
    if outcomes.warning:
        messages.warning(request, outcomes.warning)
    if outcomes.note:
        messages.info(request, outcomes.note)
    done = outcomes.of(bulk.ADDED, bulk.INVITED, bulk.EXTENDED)
    wrong = outcomes.to_mend or ([] if done else outcomes.each)
    if not wrong:
        success_toast(request, outcomes.summary)
        return form, outcomes
    left = make({**request.POST.dict(), "emails": "\n".join(one.as_pasted for one in outcomes.to_mend)})
    left.is_valid()
    # An empty field here means that nothing is left to correct, so it is no error.
    left.errors.pop("emails", None)
    for one in wrong:
        left.add_error("emails", f"{one.email}: {one.sentence}")
    return left, outcomes


def _page(request: HttpRequest, rows: MembershipQuerySet, roles: Sequence[str]) -> dict[str, Any]:
    """Return the page of members in the order asked for, and the headers. Raises Invalid."""
    order = SORTING.read(request.GET)
    rows = rows.select_related("user")
    if order.kept:
        rows = rows.with_sort_keys(roles)
    page = listed(request, rows, order.keyset, search=MembershipQuerySet.searched, kept=order.kept)
    return {"page": page, "order": order, "sorts": order.headers({"q": page.search} if page.search else {})}


def _candidates(member: Member, address: str = "") -> MembershipQuerySet:
    """Return the memberships of the organization's members who are not in the project yet: those whom the member
    knows, and who has the address."""
    there = ProjectMembership.objects.filter(project=member.project).values("user")
    return (
        OrganizationMembership.objects.filter(organization=member.project.organization, user__is_active=True)
        .filter(known_to(member, person="user__", address=address))
        .exclude(user__in=there)
        .select_related("user")
    )


def _proposed(member: Member) -> dict[str, Any]:
    """Return the people the form suggests, and where to search if there are more."""
    found = list(_candidates(member).order_by("user__email")[: PROPOSED + 1])
    # Those who know some people only may search for others by their address.
    searches = len(found) > PROPOSED or not member.administers_organization
    more = reverse("orgs:project_candidates", args=[member.project.pk]) if searches else ""
    return {"candidates": [row.user for row in found[:PROPOSED]], "candidates_url": more}


# Changing roles


@form_of("orgs:organization_members", "organization")
@organization_requires(OrganizationMember.may_manage_members)
def organization_member_role(request: OrganizationRequest, user: UUID) -> HttpResponse:
    """Change a member's role in the organization; asks for confirmation if anything ends."""
    member = request.organization_member
    membership: OrganizationMembership = membership_of(member.organization, user)
    role = _chosen_role(request, OrganizationRole)
    sentences = impact.organization_role_impact(membership, role).sentences
    if membership.user_id == member.user.pk and not in_organization(role).administers:
        sentences = [_("You no longer manage the members and settings of this organization."), *sentences]
    return _change_role(request, membership, OrganizationRole(role), sentences, operations.change_organization_role)


@form_of("orgs:project_members", "project")
@requires(Member.may_manage_members)
def project_member_role(request: MemberRequest, user: UUID) -> HttpResponse:
    """Change a member's role in the project; asks for confirmation if anything ends."""
    member = request.member
    membership: ProjectMembership = membership_of(member.project, user)
    role = _chosen_role(request, ProjectRole)
    sentences = impact.project_role_impact(membership, role).sentences
    own = membership.user_id == member.user.pk and not member.administers_organization
    if own and not in_project(role).administers:
        sentences = [_("You no longer manage the members of this project."), *sentences]
    return _change_role(request, membership, ProjectRole(role), sentences, operations.change_project_role)


def _chosen_role(request: HttpRequest, roles: type[OrganizationRole] | type[ProjectRole]) -> str:
    form = RoleForm(roles, request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose one of the roles."), code="invalid", field="role")
    return form.cleaned_data["role"]


def _change_role(
    request: ActorRequest,
    membership: Membership,
    role: OrganizationRole | ProjectRole,
    sentences: list[str],
    change: Callable[..., object],
) -> HttpResponse:
    """Change the role; ask for confirmation first if ``sentences`` say what ends."""
    if not sentences or role == membership.role or "confirmed" in request.POST:
        change(membership, role.value, by=request.actor)
        return _role_changed(request, membership, type(role).choices)
    context = {
        "title": _("Make %(name)s %(role)s?") % {"name": membership.user.name, "role": role.label},
        "sentences": sentences,
        "role": role,
        "action": request.path,
        "ok": _("Change"),
        "back_url": list_url(membership),
    }
    answer = confirm_dialog(request, context)
    answer["X-Weni-Ask"] = "1"
    return answer


def _role_changed(request: SignedInRequest, membership: Membership, roles: list[tuple[str, Any]]) -> HttpResponse:
    sentence = _("%(name)s: the role is changed.") % {"name": membership.user.name}
    own = membership.user_id == request.user.pk
    if not is_scripted(request) or own:
        success_toast(request, sentence)
        target = home_or_list(request, membership)
        return HttpResponse(headers={"X-Weni-Go": target}) if is_scripted(request) else redirect(target)
    answer = render(request, "orgs/_member_row.html", {"row": membership, "roles": roles, **kind_of(membership)})
    return show_toast(answer, sentence, level="success")


# Shared with orgs.views.leaving


def confirm_dialog(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask for confirmation: in a dialog for scripts, else on a page."""
    fragment = is_scripted(request)
    return render(request, "orgs/_member_ask.html" if fragment else "orgs/member_ask.html", context)


def kind_of(membership: Membership) -> dict[str, Any]:
    """Return the template context that identifies the list of a membership."""
    if isinstance(membership, OrganizationMembership):
        return {"kind": "organization", "scope": membership.organization_id}
    return {"kind": "project", "scope": membership.project_id}


def list_url(membership: Membership) -> str:
    """Return the URL of the list a membership is in."""
    if isinstance(membership, OrganizationMembership):
        return reverse("orgs:organization_members", args=[membership.organization_id])
    return reverse("orgs:project_members", args=[membership.project_id])


def home_or_list(request: SignedInRequest, membership: Membership) -> str:
    """Return the list's URL, or the home page for people who have just ended their own access to it."""
    return reverse("orgs:home") if membership.user_id == request.user.pk else list_url(membership)
