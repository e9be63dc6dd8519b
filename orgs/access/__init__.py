"""Permissions: the one place that decides who may do what (docs/rules.md, Access)."""

from .decorators import operators, organization_requires, public, requires, signed_in
from .last_project import last_member, last_project, remember_project
from .members import (
    SYSTEM,
    Actor,
    Member,
    OrganizationMember,
    TokenMember,
    archived_organization_member,
    may_see_person,
    member_of,
    organization_member,
    organization_token_member,
    organizations_reached_by,
    projects_of,
    projects_reached_by,
    token_member,
)
from .people import helpers_of, known_to, people_with_chats, places_without_chats, seeing_whole_project
from .photo_links import person_of_photo, photo_address
from .requests import ActorRequest, MemberRequest, OrganizationRequest, SignedInRequest

__all__ = [
    "SYSTEM",
    "Actor",
    "ActorRequest",
    "Member",
    "MemberRequest",
    "OrganizationMember",
    "OrganizationRequest",
    "SignedInRequest",
    "TokenMember",
    "archived_organization_member",
    "helpers_of",
    "known_to",
    "last_member",
    "last_project",
    "may_see_person",
    "member_of",
    "operators",
    "organization_member",
    "organization_requires",
    "organization_token_member",
    "organizations_reached_by",
    "people_with_chats",
    "person_of_photo",
    "photo_address",
    "places_without_chats",
    "projects_of",
    "projects_reached_by",
    "public",
    "remember_project",
    "requires",
    "seeing_whole_project",
    "signed_in",
    "token_member",
]
