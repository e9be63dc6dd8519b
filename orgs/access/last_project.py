"""The project that a person used last. Pages that belong to no project (profile, security, errors) keep its frame: an
agent who reads one of them is still there for it."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest

from core.http import parse_uuid
from orgs.models import User

from .members import Member, member_of
from .two_factor import lacks_two_factor

_KEY = "project"


def remember_project(request: HttpRequest, project: UUID) -> None:
    """Store the project in the session of a person who opens one of its pages; writes only if it is another one."""
    if request.session.get(_KEY) != str(project):
        request.session[_KEY] = str(project)


def last_project(request: HttpRequest) -> UUID | None:
    """Return the id of the project used last; the person may not be a member of it any more."""
    return parse_uuid(request.session.get(_KEY))


def last_member(request: HttpRequest, user: User, projects: Sequence[UUID]) -> Member | None:
    """Return the membership of the project used last, or of the only one.

    Args:
        request: the request of a signed-in person.
        user: the person.
        projects: the projects they are offered, for who has opened none in this session.

    Returns: The membership, or None: there is no such project, or it is closed to the person (two-factor sign-in).
    """
    project = last_project(request) or (projects[0] if len(projects) == 1 else None)
    member = member_of(user, project) if project else None
    if member is None or lacks_two_factor(member.project.organization, user, request.session):
        return None
    return member
