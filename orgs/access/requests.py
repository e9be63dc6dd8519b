"""What a view's rule adds to its request, as types: a view that reads ``request.member`` says which rule it needs."""

from core.http import HtmxHttpRequest
from orgs.models import User

from .members import Actor, Member, OrganizationMember


class SignedInRequest(HtmxHttpRequest):
    """The request of a view behind ``signed_in``."""

    user: User


class ActorRequest(SignedInRequest):
    """A request with somebody to name in the audit log, about a project or an organization."""

    actor: Actor


class MemberRequest(ActorRequest):
    """The request of a view behind ``requires``."""

    member: Member


class OrganizationRequest(ActorRequest):
    """The request of a view behind ``organization_requires``."""

    organization_member: OrganizationMember
