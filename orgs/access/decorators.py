"""Decorators that state who may call a view. A URL without one fails a system check (``orgs.checks``)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Protocol, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render

from core.http import HtmxHttpRequest, is_scripted, page_wanted
from orgs.models import Organization, User

from .last_project import remember_project
from .members import Actor, Member, OrganizationMember, member_of, organization_member
from .requests import MemberRequest, OrganizationRequest, SignedInRequest
from .two_factor import TwoFactorsRequired, lacks_two_factor, remember_wanted

R = TypeVar("R", bound=HttpRequest)
#: A view, typed by the request its rule provides; URL parameters follow as keyword arguments.
View = Callable[Concatenate[R, ...], HttpResponseBase]


class RuledView(Protocol):
    """A view with a stated rule, as ``orgs.checks`` requires for each URL."""

    access_rule: str

    def __call__(self, request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pass


def _signed_in_user(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


#: Methods that pages accept; API views state their own.
_PAGE_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def _as_page(rule: str, view: Callable[..., HttpResponseBase]) -> RuledView:
    """Mark a view with its rule, and refuse unsupported methods before anything is looked up."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in _PAGE_METHODS:
            return HttpResponseNotAllowed(_PAGE_METHODS)
        return view(request, *args, **kwargs)

    page = cast(RuledView, checked)
    page.access_rule = rule
    return page


def _shut(request: HtmxHttpRequest, organization: Organization) -> HttpResponseBase:
    """Explain that the organization requires two-factor sign-in, as a page or (to scripts) as a domain error.

    From that page a person sets up a second step, and comes back to the one they wanted.
    """
    if is_scripted(request):
        raise TwoFactorsRequired
    if request.method == "GET":
        remember_wanted(request, request.get_full_path())
    return render(request, "orgs/two_factors_required.html", {"organization": organization}, status=403)


def _requires(
    parameter: str,
    member_in: Callable[[User, UUID], Any],
    rule: Callable[[Any], bool],
    admit: Callable[[Any, Any], None],
) -> Callable[[View[Any]], RuledView]:
    """Return a decorator for views about the place that the URL names in ``parameter``.

    ``member_in`` looks up the user's membership, ``admit`` sets it on the request once the rule holds.
    """

    def decorate(view: View[Any]) -> RuledView:
        @wraps(view)
        def checked(request: Any, **kwargs: Any) -> HttpResponseBase:
            user = _signed_in_user(request)
            if user is None:
                return redirect_to_login(page_wanted(request), settings.LOGIN_URL)
            member = member_in(user, kwargs.pop(parameter))
            if member is None:
                raise Http404
            if lacks_two_factor(member.organization, user, request.session):
                return _shut(request, member.organization)
            if not rule(member):
                raise PermissionDenied
            admit(request, member)
            return view(request, **kwargs)

        return _as_page(rule.__qualname__, checked)

    return decorate


def requires(rule: Callable[[Member], bool]) -> Callable[[View[MemberRequest]], RuledView]:
    """State a view's rule: a ``Member`` method. The URL must name the project.

    Sets ``request.member``, ``request.place`` and ``request.actor``; a page makes its project the one used last.
    Anonymous visitors are redirected to the sign-in page; people outside the project get 404, members without the
    permission 403. A member who lacks the two-factor sign-in that the organization requires gets 403 with an
    explanation.
    """

    def admit(request: MemberRequest, member: Member) -> None:
        request.member, request.place, request.actor = member, member.project, Actor.of(member, request)
        if request.method == "GET" and not is_scripted(request):
            remember_project(request, member.project.pk)

    return _requires("project", member_of, rule, admit)


def organization_requires(
    rule: Callable[[OrganizationMember], bool],
) -> Callable[[View[OrganizationRequest]], RuledView]:
    """State the rule of a view about an organization: like ``requires``, but sets ``request.organization_member``."""

    def admit(request: OrganizationRequest, member: OrganizationMember) -> None:
        request.organization_member, request.place = member, member.organization
        request.actor = Actor.in_organization(member, request)

    return _requires("organization", organization_member, rule, admit)


def signed_in(view: View[SignedInRequest]) -> RuledView:
    """State that any signed-in person may call the view (it shows only their own data)."""

    @wraps(view)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _signed_in_user(request) is None:
            return redirect_to_login(page_wanted(request), settings.LOGIN_URL)
        return view(request, *args, **kwargs)

    return _as_page("signed_in", checked)


def operators(view: View[Any]) -> RuledView:
    """State that only operators of the installation may call the view: a page of the back office."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return admin.site.admin_view(view)(request, *args, **kwargs)

    return _as_page("operators", checked)


def public(view: View[HtmxHttpRequest]) -> RuledView:
    """State that anyone may call the view, signed in or not."""
    return _as_page("public", view)
