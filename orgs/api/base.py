"""Base viewsets: authentication, a rule of access per action, JSON responses in every case."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException, NotAuthenticated, PermissionDenied, ValidationError
from rest_framework.metadata import SimpleMetadata
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.api.errors import ScopeRequired
from core.api.paging import page
from core.api.parsing import AlwaysJson, StoredJSONParser
from core.api.routing import UUID_PATTERN
from orgs.access import (
    Actor,
    Member,
    OrganizationMember,
    TokenMember,
    member_of,
    organization_member,
    organization_token_member,
    token_member,
)
from orgs.access.two_factor import TwoFactorsRequired, lacks_two_factor
from orgs.models import ApiToken, Organization, TokenScope, User

from .authentication import TokenAuthentication

#: Letters of an unknown parameter that its refusal repeats.
MAX_NAMED = 60

#: Who may call an action: members of the URL's project or organization with a right (a method of ``Member`` or
#: ``OrganizationMember``), or anybody a permission class admits.
Rule = Callable[[Any], bool] | type[BasePermission]


class Metadata(SimpleMetadata):
    """Response to OPTIONS: media types only. Bodies are described by the OpenAPI document."""

    def determine_actions(self, request: Request, view: APIView) -> dict[str, Any]:
        return {}


class ApiViewSet(GenericViewSet):
    """Base of the APIs' viewsets. ``rules`` states who may call each action and is merged with that of base classes.

    An action without a rule fails a system check (``orgs.checks``), and nobody may call it.
    """

    rules: ClassVar[Mapping[str, Rule]] = {}
    renderer_classes = (JSONRenderer,)
    parser_classes = (StoredJSONParser,)
    content_negotiation_class = AlwaysJson
    metadata_class = Metadata
    lookup_value_regex = UUID_PATTERN

    def get_permissions(self) -> Sequence[Any]:
        """Check the rule of the action."""
        return [AsStated()]

    def answer(self, instance: Any, status: int = 200) -> Response:
        """Return the response that shows an object with the action's serializer."""
        return Response(self.get_serializer(instance).data, status)

    def page(
        self,
        rows: QuerySet,
        order: tuple[str, ...] = ("id",),
        *,
        prepare: Callable[[list[Any]], None] | None = None,
    ) -> Response:
        """Return the response with one page of a list (``core.api.paging``) in the action's serializer."""
        return page(self, rows, cast(type[Serializer], self.get_serializer_class()), order, prepare=prepare)


def rules_of(viewset: type[ApiViewSet]) -> dict[str, Rule]:
    """Return a viewset's rules by action, including those of its base classes."""
    found: dict[str, Rule] = {}
    for kind in reversed(viewset.__mro__):
        found |= kind.__dict__.get("rules", {})
    return found


def rules_for(view: ApiViewSet) -> list[Rule | None]:
    """Return the rule of a call; None stands for a missing one.

    For a method that the URL does not support, they are the rules of those it does, so that the 405 is only shown to
    those who may call something there.
    """
    actions = view.action_map or {}
    stated = rules_of(type(view))
    names = [view.action] if view.action in actions.values() else list(actions.values()) or [""]
    return [stated.get(name) for name in names]


def actor_of(request: Request, member: Member | None = None) -> Actor:
    """Return the actor of a request: the project's member, a person, or a token."""
    if member is not None:
        return Actor.of(member, request._request)
    token = request.auth if isinstance(request.auth, ApiToken) else None
    return Actor.from_request(request._request, request.user if isinstance(request.user, User) else None, token)


class MayOpen(BasePermission):
    """API tokens with the scope *open* (docs/rules.md, Tokens)."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return True for such a token. Raises NotAuthenticated, ScopeRequired."""
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated(_("Send a token: Authorization: Bearer …"))
        if TokenScope.OPEN not in request.auth.scopes:
            raise ScopeRequired
        return True


class MayReadAtAll(BasePermission):
    """Signed-in people, and tokens that may read or administer; for views across projects."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return True if admitted. Raises NotAuthenticated, ScopeRequired."""
        if isinstance(request.auth, ApiToken):
            if not {TokenScope.READ, TokenScope.ADMINISTER} & set(request.auth.scopes):
                raise ScopeRequired
        elif not request.user.is_authenticated:
            raise NotAuthenticated
        return True


class PeopleOnly(BasePermission):
    """Signed-in people; no tokens."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return True for people. Raises NotAuthenticated, PermissionDenied."""
        if isinstance(request.auth, ApiToken):
            raise PermissionDenied(_("Only people may do that. Sign in instead of sending a token."))
        if not request.user.is_authenticated:
            raise NotAuthenticated
        return True


class Anyone(BasePermission):
    """Everybody, signed in or not."""


class AsStated(BasePermission):
    """Those whom the rule of the action admits."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the rule. Raises NotAuthenticated, Http404, ScopeRequired, PermissionDenied."""
        first, *others = rules_for(cast(ApiViewSet, view))
        for other in others:
            with suppress(APIException, Http404):
                return self._admits(other, request, view)
        return self._admits(first, request, view)

    def _admits(self, rule: Rule | None, request: Request, view: APIView) -> bool:
        if rule is None:
            raise PermissionDenied
        if isinstance(rule, type):
            return rule().has_permission(request, view)
        of_organization = rule.__qualname__.startswith(f"{OrganizationMember.__name__}.")
        ask = _ask_organization_member if of_organization else _ask_member
        ask(request, view, rule.__name__)
        return True


def _ask_member(request: Request, view: Any, right: str) -> None:
    """Raise unless the caller is a member of the URL's project with the given right.

    Sets the view's ``member`` and ``actor``. Outside the project: 404; a member without the right: 403.
    """
    member = member_of_request(request, view.kwargs["project"])
    if member is None:
        raise Http404
    if not isinstance(member, TokenMember):
        _refuse_without_two_factors(request, member.project.organization, member.user)
    # By name, so that TokenMember's own method is called.
    if not getattr(member, right)():
        raise ScopeRequired if isinstance(member, TokenMember) else PermissionDenied
    view.member, view.actor = member, actor_of(request, member)


def _refuse_without_two_factors(request: Request, organization: Organization, user: User) -> None:
    """Raise TwoFactorsRequired if the organization requires two factors and the person lacks one."""
    if lacks_two_factor(organization, user, request._request.session):
        raise TwoFactorsRequired


def _ask_organization_member(request: Request, view: Any, right: str) -> None:
    """Like ``_ask_member``, for the URL's organization. A project's token is outside its organization."""
    organization = UUID(str(view.kwargs["organization"]))
    member: OrganizationMember | None
    if isinstance(request.auth, ApiToken):
        member = organization_token_member(request.auth, organization)
    elif isinstance(request.user, User):
        member = organization_member(request.user, organization)
    else:
        raise NotAuthenticated
    if member is None:
        raise Http404
    if member.token is None:
        _refuse_without_two_factors(request, member.organization, member.user)
    if not getattr(member, right)():
        raise ScopeRequired if member.token else PermissionDenied
    view.member, view.actor = member, Actor.in_organization(member, request._request)


def member_of_request(request: Request, project: UUID) -> Member | None:
    """Return the caller's membership of a project, or None. Raises NotAuthenticated."""
    if isinstance(request.auth, ApiToken):
        return token_member(request.auth, project)
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return member_of(request.user, project)


class RestViewSet(ApiViewSet):
    """Actions of the REST API; authenticated by session (with CSRF) or token."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    #: The query parameters of actions. Any other is refused by name, also where an action takes none: a filter with
    #: a letter missing would otherwise list everything.
    queries: ClassVar[Mapping[str, type[Serializer]]] = {}
    #: The actor for operations; set if the rule is about membership.
    actor: Actor
    #: The action's query parameters, validated.
    asked: dict[str, Any]

    @classmethod
    def queries_stated(cls) -> dict[str, type[Serializer]]:
        """Return the query parameters by action, including those of base classes."""
        found: dict[str, type[Serializer]] = {}
        for kind in reversed(cls.__mro__):
            found |= kind.__dict__.get("queries", {})
        return found

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the query parameters, once it is known that the caller may ask at all. Raises ValidationError."""
        super().initial(request, *args, **kwargs)
        if self.action not in rules_of(type(self)):
            return
        query = self.queries_stated().get(self.action, Serializer)
        check_known(request.query_params, query().fields)
        self.asked = checked(query, request.query_params)


class ProjectScopedViewSet(RestViewSet):
    """Actions inside a project: their rules are methods of ``Member``."""

    #: The caller's membership of the project.
    member: Member


class OrganizationScopedViewSet(RestViewSet):
    """Actions about an organization: their rules are methods of ``OrganizationMember``."""

    #: The caller's membership of the organization.
    member: OrganizationMember


def check_known(given: Iterable[str], known: Collection[str]) -> None:
    """Raise ValidationError by name for query parameters that are not known, saying which are."""
    if unknown := [name for name in given if name not in known]:
        sentence = (
            _("There is no such parameter. There are: %(names)s.") if known else _("There are no parameters here.")
        )
        raise _unknown(unknown, sentence, known)


def _unknown(names: Iterable[str], sentence: str, known: Iterable[str]) -> ValidationError:
    said = sentence % {"names": ", ".join(sorted(known))}
    return ValidationError({str(name)[:MAX_NAMED]: [said] for name in names})


def checked(kind: type[BaseSerializer], data: Any, *, lenient: bool = False, **options: Any) -> dict[str, Any]:
    """Return the validated data of a serializer. Raises ValidationError with sentences by field.

    A field of a body that isn't there is refused by name, as it would change nothing; ``lenient``: it is left out.
    Fields that the same serializer only shows are left out, too: what was read can be sent back.
    """
    if not options.get("many") and not isinstance(data, Mapping):
        raise ValidationError(_("Send a JSON object."))
    serializer = kind(data=data, **options)
    if not lenient and isinstance(serializer, Serializer):
        fields = serializer.fields
        if unknown := [name for name in data if name not in fields]:
            taken = [name for name, field in fields.items() if not field.read_only]
            raise _unknown(unknown, _("There is no such field. There are: %(names)s."), taken)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
