"""Landing page, profile, preferences."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.http import HtmxHttpRequest, check_complete, refusals_added_to, safe_next, success_toast
from core.images import MAX_BYTES, file_too_large
from core.text import by_name, search_by_name
from core.validation import megabytes
from orgs import operations
from orgs.access import (
    Member,
    MemberRequest,
    OrganizationMember,
    SignedInRequest,
    helpers_of,
    last_project,
    member_of,
    projects_of,
    public,
    requires,
    signed_in,
)
from orgs.access.roles import ADMINISTERING, in_organization
from orgs.context_processors import SEARCHED_FROM
from orgs.forms import NameForm, ProfileForm
from orgs.models import NAME_LENGTH, Organization, OrganizationMembership, Theme, User
from orgs.preferences import remember_theme

#: Maximum number of organizations on the home page, and of projects for each; its own page lists the rest.
SHOWN = 100
PROJECTS_SHOWN = 24
#: File types that the browser offers for a photo.
PHOTO_TYPES = "image/jpeg,image/png,image/webp,image/gif"


@require_GET
@signed_in
def home(request: SignedInRequest) -> HttpResponse:
    """Redirect to the last or only project, or to the billing area of people who use nothing else.

    Otherwise list all projects by organization, or those that match a search.
    """
    chooses = "all" in request.GET or "q" in request.GET
    last = last_project(request)
    if last and not chooses and member_of(request.user, last):
        return redirect("orgs:project_home", last)
    projects, memberships = _projects_of_each(request, _search(request)), _memberships(request.user)
    if len(projects) == 1 and len(memberships) <= 1 and not chooses:
        return redirect("orgs:project_home", projects[0].pk)
    if not projects and not chooses and _financial_only(memberships):
        return redirect("reports:usage", memberships[0].organization_id)
    return _page(request, projects, memberships, NameForm())


def all_projects(request: SignedInRequest, form: NameForm, *, adding: bool = False) -> HttpResponse:
    """List all projects, with the form of a new organization (``adding``: open)."""
    projects = _projects_of_each(request, _search(request))
    return _page(request, projects, _memberships(request.user), form, adding=adding)


def _search(request: SignedInRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "")[:NAME_LENGTH].strip()


def _memberships(user: User) -> list[OrganizationMembership]:
    rows = OrganizationMembership.objects.filter(user=user, organization__archived_at=None)
    return list(rows.select_related("organization").order_by(*by_name("organization__name"))[:SHOWN])


def _page(
    request: SignedInRequest,
    projects: list[Any],
    memberships: list[OrganizationMembership],
    form: NameForm,
    *,
    adding: bool = False,
) -> HttpResponse:
    search = _search(request)
    groups = [_group(request.user, membership, projects) for membership in memberships]
    if search:
        groups = [group for group in groups if group["projects"]]
    archived = Organization.objects.archived().filter(
        memberships__user=request.user.pk, memberships__role__in=ADMINISTERING
    )
    context = {
        "groups": groups,
        "search": search,
        "searchable": bool(search) or len(projects) > SEARCHED_FROM,
        "archived": [] if search else archived.order_by(*by_name())[:SHOWN],
        "form": form,
        "adding": adding,
    }
    return render(request, "orgs/home.html", context, status=422 if form.errors else 200)


def _projects_of_each(request: SignedInRequest, search: str) -> list[Any]:
    """Return the person's projects by organization and name, for each organization one more than is shown."""
    rows = projects_of(request.user)
    if search:
        rows = search_by_name(rows, search)
    place = Window(RowNumber(), partition_by="organization", order_by=by_name())
    return list(rows.annotate(place=place).filter(place__lte=PROJECTS_SHOWN + 1)[: SHOWN * PROJECTS_SHOWN])


def _group(user: User, membership: OrganizationMembership, projects: list[Any]) -> dict[str, Any]:
    own = [project for project in projects if project.organization_id == membership.organization_id]
    member = OrganizationMember(user, membership.organization, membership.role)
    return {
        "member": member,
        "membership": membership,
        "projects": own[:PROJECTS_SHOWN],
        "more": len(own) > PROJECTS_SHOWN,
    }


def _financial_only(memberships: list[OrganizationMembership]) -> bool:
    """Whether the billing area of one organization is all that a person has access to."""
    rights = in_organization(memberships[0].role) if len(memberships) == 1 else None
    return rights is not None and rights.sees_usage and not rights.creates_projects


@require_GET
@requires(Member.may_see_project)
def project_home(request: MemberRequest) -> HttpResponse:
    """Redirect a member to the page where they work."""
    member = request.member
    project: UUID = member.project.pk
    if member.may_create_sectors():
        return redirect("setup:start", project)
    if member.is_agent or member.may_watch():
        return redirect("tickets:desk", project)
    if member.may_use_chats():
        return without_queue(request)
    helpers, more = helpers_of(member, with_role=True)
    return render(request, "orgs/no_chats.html", {"helpers": helpers, "more": more})


def without_queue(request: MemberRequest) -> HttpResponse:
    """Tell an agent that no queue is theirs yet, and who can change that."""
    helpers, more = helpers_of(request.member)
    return render(request, "orgs/no_queue.html", {"helpers": helpers, "more": more})


@signed_in
def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=_initial(request))
    if form.is_valid():
        with refusals_added_to(form):
            check_complete(request)
            operations.update_profile(request.user, **form.cleaned_data)
            with translation.override(form.cleaned_data["language"] or translation.get_language()):
                success_toast(request, _("Your profile is saved."))
            return redirect("orgs:profile")
    return profile_page(request, form)


def _initial(request: HttpRequest) -> dict[str, Any]:
    return {name: getattr(request.user, name) for name in ProfileForm.base_fields}


def profile_page(request: HttpRequest, form: ProfileForm | None = None, *, photo_error: str = "") -> HttpResponse:
    """Render the profile with the errors of its form or of an uploaded photo."""
    form = form or ProfileForm(initial=_initial(request))
    context = {
        "form": form,
        "photo_error": photo_error,
        "most_bytes": MAX_BYTES,
        "megabytes": megabytes(MAX_BYTES),
        "too_large": str(file_too_large()),
        "formats": PHOTO_TYPES,
    }
    return render(request, "orgs/profile.html", context, status=422 if form.errors or photo_error else 200)


@require_GET
@never_cache
@public
def session_state(request: HttpRequest) -> JsonResponse:
    """Tell a page of before who is signed in now, with the token for its forms, which changes at sign-in."""
    user = request.user
    if not user.is_authenticated:
        # No error, which the browser would log on each page that asks.
        return JsonResponse({"person": ""})
    return JsonResponse({"person": str(user.pk), "token": get_token(request)})


@require_POST
@public
def preferences(request: HtmxHttpRequest) -> HttpResponse:
    """Save the theme or language: in the profile if signed in, else in a cookie."""
    response = HttpResponseRedirect(safe_next(request, reverse("orgs:home")))
    theme, language = request.POST.get("theme", ""), request.POST.get("language", "")
    values = {}
    if theme in Theme.values:
        values["theme"] = theme
        remember_theme(response, theme)
    if language in dict(settings.LANGUAGES):
        values["language"] = language
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax")
    if values and request.user.is_authenticated:
        operations.update_profile(request.user, **values)
    return response
