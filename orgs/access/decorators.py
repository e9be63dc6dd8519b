"""How views state who may call them: a URL without a stated rule does not start (``orgs.checks``)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Protocol, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render

from core.http import HtmxHttpRequest, is_scripted
from orgs.models import Organization, User

from .members import Actor, Member, OrganizationMember, member_of, organization_member
from .requests import MemberRequest, OrganizationRequest, SignedInRequest
from .two_factor import TwoFactorsRequired, lacks_two_factor

R = TypeVar("R", bound=HttpRequest)
#: A view, by the request that its rule provides; the rest of the address follows as keywords.
View = Callable[Concatenate[R, ...], HttpResponseBase]
Rule = Callable[[Member], bool]


class RuledView(Protocol):
    """A view that states its rule, as URLs need it (``orgs.checks``)."""

    access_rule: str

    def __call__(self, request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer."""


def _signed_in_user(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


#: What browsers send. A page is not asked in other ways; an API's views state theirs.
_PAGE_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def _as_page(rule: str, view: Callable[..., HttpResponseBase]) -> RuledView:
    """State the rule, and refuse methods that no page understands before anything is looked up."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in _PAGE_METHODS:
            return HttpResponseNotAllowed(_PAGE_METHODS)
        return view(request, *args, **kwargs)

    page = cast(RuledView, checked)
    page.access_rule = rule
    return page


def _shut(request: HtmxHttpRequest, organization: Organization) -> HttpResponseBase:
    """Say that the organization asks for two factors, and where to set them up."""
    if is_scripted(request):
        raise TwoFactorsRequired
    return render(request, "orgs/two_factors_required.html", {"organization": organization}, status=403)


def requires(rule: Rule) -> Callable[[View[MemberRequest]], RuledView]:
    """State a view's rule: a ``Member`` method. The URL must name the project.

    Sets ``request.member`` and ``request.actor``. A stranger to the project gets 404, whoever lacks the right
    inside it 403, who is not signed in the sign-in page; where the organization asks for two factors, who has one
    is told so (403).
    """

    def decorate(view: View[MemberRequest]) -> RuledView:
        @wraps(view)
        def checked(request: MemberRequest, project: UUID, **kwargs: Any) -> HttpResponseBase:
            user = _signed_in_user(request)
            if user is None:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            member = member_of(user, project)
            if member is None:
                raise Http404
            if lacks_two_factor(member.project.organization, user, request.session):
                return _shut(request, member.project.organization)
            if not rule(member):
                raise PermissionDenied
            request.member = member
            request.actor = Actor.of(member, request)
            return view(request, **kwargs)

        return _as_page(rule.__qualname__, checked)

    return decorate


def organization_requires(
    rule: Callable[[OrganizationMember], bool],
) -> Callable[[View[OrganizationRequest]], RuledView]:
    """State the rule of a view about an organization; as ``requires``, with ``request.organization_member``."""

    def decorate(view: View[OrganizationRequest]) -> RuledView:
        @wraps(view)
        def checked(request: OrganizationRequest, organization: UUID, **kwargs: Any) -> HttpResponseBase:
            user = _signed_in_user(request)
            if user is None:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            member = organization_member(user, organization)
            if member is None:
                raise Http404
            if lacks_two_factor(member.organization, user, request.session):
                return _shut(request, member.organization)
            if not rule(member):
                raise PermissionDenied
            request.organization_member = member
            request.actor = Actor.in_organization(member, request)
            return view(request, **kwargs)

        return _as_page(rule.__qualname__, checked)

    return decorate


def signed_in(view: View[SignedInRequest]) -> RuledView:
    """State that any signed-in person may call the view (it shows only their own things)."""

    @wraps(view)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _signed_in_user(request) is None:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return view(request, *args, **kwargs)

    return _as_page("signed_in", checked)


def public(view: View[HtmxHttpRequest]) -> RuledView:
    """State that anyone may call the view, signed in or not."""
    return _as_page("public", view)
