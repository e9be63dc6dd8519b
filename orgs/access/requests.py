"""Typed requests: what each rule of access adds to the request of a view."""

from core.http import HtmxHttpRequest
from orgs.models import Organization, Project, User

from .members import Actor, Member, OrganizationMember


class SignedInRequest(HtmxHttpRequest):
    """The request of a view behind ``signed_in``."""

    user: User


class ActorRequest(SignedInRequest):
    """A request about a project or an organization (``place``), with an actor for the audit log."""

    place: Project | Organization
    actor: Actor


class MemberRequest(ActorRequest):
    """The request of a view behind ``requires``."""

    member: Member


class OrganizationRequest(ActorRequest):
    """The request of a view behind ``organization_requires``."""

    organization_member: OrganizationMember
