"""How views state who may call them: a URL without a stated rule does not start (``orgs.checks``)."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render

from orgs.models import Organization, User

from .members import Actor, Member, OrganizationMember, member_of, organization_member
from .two_factor import TwoFactorsRequired, is_shut

View = Callable[..., HttpResponseBase]
Rule = Callable[[Member], bool]


def _signed_in_user(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None  # type: ignore[return-value]


#: What browsers send. A page is not asked in other ways; an API's views state theirs.
_PAGE_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def _page(view: View) -> View:
    """Refuse methods that no page understands, before anything is looked up."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in _PAGE_METHODS:
            return HttpResponseNotAllowed(_PAGE_METHODS)
        return view(request, *args, **kwargs)

    return checked


def _shut(request: HttpRequest, organization: Organization) -> HttpResponseBase:
    """Say that the organization asks for two factors, and where to set them up."""
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With"):
        raise TwoFactorsRequired
    return render(request, "orgs/two_factors_required.html", {"organization": organization}, status=403)


def requires(rule: Rule) -> Callable[[View], View]:
    """State a view's rule: a ``Member`` method. The URL must name the project.

    Sets ``request.member`` and ``request.actor``. A stranger to the project gets 404, whoever lacks the right
    inside it 403, who is not signed in the sign-in page; where the organization asks for two factors, who has one
    is told so (403).
    """

    def decorate(view: View) -> View:
        @_page
        @wraps(view)
        def checked(request: HttpRequest, project: UUID, **kwargs: Any) -> HttpResponseBase:
            user = _signed_in_user(request)
            if user is None:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            member = member_of(user, project)
            if member is None:
                raise Http404
            if is_shut(member.project.organization, user, request.session):
                return _shut(request, member.project.organization)
            if not rule(member):
                raise PermissionDenied
            request.member = member  # type: ignore[attr-defined]
            request.actor = Actor.of(member, request)  # type: ignore[attr-defined]
            return view(request, **kwargs)

        checked.access_rule = rule.__qualname__  # type: ignore[attr-defined]
        return checked

    return decorate


def organization_requires(rule: Callable[[OrganizationMember], bool]) -> Callable[[View], View]:
    """State the rule of a view about an organization; as ``requires``, with ``request.organization_member``."""

    def decorate(view: View) -> View:
        @_page
        @wraps(view)
        def checked(request: HttpRequest, organization: UUID, **kwargs: Any) -> HttpResponseBase:
            user = _signed_in_user(request)
            if user is None:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            member = organization_member(user, organization)
            if member is None:
                raise Http404
            if is_shut(member.organization, user, request.session):
                return _shut(request, member.organization)
            if not rule(member):
                raise PermissionDenied
            request.organization_member = member  # type: ignore[attr-defined]
            request.actor = Actor.in_organization(member, request)  # type: ignore[attr-defined]
            return view(request, **kwargs)

        checked.access_rule = rule.__qualname__  # type: ignore[attr-defined]
        return checked

    return decorate


def signed_in(view: View) -> View:
    """State that any signed-in person may call the view (it shows only their own things)."""

    @_page
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _signed_in_user(request) is None:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return view(request, *args, **kwargs)

    checked.access_rule = "signed_in"  # type: ignore[attr-defined]
    return checked


def public(view: View) -> View:
    """State that anyone may call the view, signed in or not."""
    checked = _page(view)
    checked.access_rule = "public"  # type: ignore[attr-defined]
    return checked
