"""What every API view shares: who calls, by which stated rule, and JSON whatever happens."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, PermissionDenied, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from orgs.access import Actor, Member, TokenMember, member_of, token_member
from orgs.models import ApiToken, TokenScope, User

from .authentication import TokenAuthentication
from .errors import ScopeRequired
from .parsing import AlwaysJson, StoredJSONParser

Rule = Callable[[Any], bool]


class ApiView(APIView):
    """A view of an API. ``access_rule`` states who may call it (``orgs.checks`` looks for it)."""

    access_rule: ClassVar[str] = ""
    renderer_classes = (JSONRenderer,)
    parser_classes = (StoredJSONParser,)
    content_negotiation_class = AlwaysJson

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view function, carrying the rule as those of pages do."""
        view: Any = super().as_view(**initkwargs)
        view.access_rule = cls.access_rule
        return view


def actor_of(request: Request, member: Member | None = None) -> Actor:
    """Return who calls: the member of the project, a person, or a program by its token's name."""
    if member is not None:
        return Actor.of(member, request._request)
    token = request.auth if isinstance(request.auth, ApiToken) else None
    return Actor(
        user=request.user if isinstance(request.user, User) else None,
        token_name=token.name if token else "",
        address=request.META.get("REMOTE_ADDR"),
        request_id=getattr(request._request, "request_id", ""),
    )


class MayOpen(BasePermission):
    """Programs with a token of the scope *open* (docs/rules.md, Tokens)."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller has such a token. Raises NotAuthenticated, ScopeRequired."""
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated(_("Send a token: Authorization: Bearer …"))
        if TokenScope.OPEN not in request.auth.scopes:
            raise ScopeRequired
        return True


class MayReadAtAll(BasePermission):
    """People who are signed in, and programs that may read or administer; for views about several projects."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller is one of them. Raises NotAuthenticated, ScopeRequired."""
        if isinstance(request.auth, ApiToken):
            if not {TokenScope.READ, TokenScope.ADMINISTER} & set(request.auth.scopes):
                raise ScopeRequired
        elif not request.user.is_authenticated:
            raise NotAuthenticated
        return True


class InProject(BasePermission):
    """Members of the URL's project, people or programs, whom the view's rule for the method lets in.

    Sets ``request.member`` and ``request.actor``. Outside the project: 404. Inside without the right: 403.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the rule. Raises NotAuthenticated, Http404, ScopeRequired, PermissionDenied."""
        member = member_of_request(request, view.kwargs["project"])
        if member is None:
            raise Http404
        rule: Rule = getattr(view, "rules", {}).get(request.method) or Member.may_use_chats
        # By name, so that a program's own answer to the rule counts.
        if not getattr(member, rule.__name__)():
            if isinstance(member, TokenMember):
                raise ScopeRequired
            raise PermissionDenied
        request.member = member  # type: ignore[attr-defined]
        request.actor = actor_of(request, member)  # type: ignore[attr-defined]
        return True


def member_of_request(request: Request, project: UUID) -> Member | None:
    """Return the caller's place in a project, or None. Raises NotAuthenticated."""
    if isinstance(request.auth, ApiToken):
        return token_member(request.auth, project)
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return member_of(request.user, project)


class RestView(ApiView):
    """A view of the REST API: a session (with CSRF) or a token."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes: tuple[type[BasePermission], ...] = (MayReadAtAll,)
    access_rule = "signed_in"


class ProjectView(RestView):
    """A view of the REST API inside a project. ``rules`` maps methods to ``Member`` methods; a method without
    one is for whoever has access to Chats."""

    permission_classes = (InProject,)
    rules: ClassVar[Mapping[str, Rule]] = {}
    access_rule = "Member.may_use_chats"

    @property
    def member(self) -> Member:
        """The caller's place in the project."""
        return self.request.member  # type: ignore[attr-defined]

    @property
    def actor(self) -> Actor:
        """The caller as operations know them."""
        return self.request.actor  # type: ignore[attr-defined]


def checked(kind: type[BaseSerializer], data: Any, **options: Any) -> dict[str, Any]:
    """Return what a serializer makes of data. Raises ValidationError with sentences by field."""
    if not options.get("many") and not isinstance(data, Mapping):
        raise ValidationError(_("Send a JSON object."))
    serializer = kind(data=data, **options)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
