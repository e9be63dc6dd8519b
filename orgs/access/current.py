"""Asking again for rights that were read before: where something goes on for a while, or has waited for a lock, they
may have ended meanwhile (docs/rules.md, Ending access)."""

from dataclasses import replace

from core.errors import NotAllowed
from orgs.models import ApiToken, User

from .locks import lock_people
from .members import (
    Actor,
    Member,
    OrganizationMember,
    TokenMember,
    member_of,
    organization_member,
    token_member,
)


def member_now(member: Member) -> Member:
    """Return a person's, or a program's, place in the project as it is now. Raises NotAllowed where there is none."""
    if isinstance(member, TokenMember):
        token = ApiToken.objects.usable().filter(pk=member.token.pk).first()
        now: Member | None = token_member(token, member.project.pk) if token else None
    else:
        user = User.objects.filter(pk=member.user.pk).first()
        now = member_of(user, member.project.pk) if user else None
    if now is None:
        raise NotAllowed
    return now


def actor_now(by: Actor) -> Actor:
    """Return who acts with the rights they have in the project now; who acts outside one stays as they are.

    Raises NotAllowed.
    """
    return replace(by, member=member_now(by.member)) if by.member is not None else by


def organization_member_now(member: OrganizationMember) -> OrganizationMember:
    """Return a person's place in the organization as it is now. Raises NotAllowed where there is none."""
    user = User.objects.filter(pk=member.user.pk).first()
    now = organization_member(user, member.organization.pk) if user else None
    if now is None:
        raise NotAllowed
    return now


def held(by: Actor) -> Actor:
    """As ``actor_now``; and whatever ends the rights waits until the transaction does, so that nothing lasting is
    made with a right that is over. To be called before any other lock. Raises NotAllowed."""
    if by.token is not None:
        usable = ApiToken.objects.usable().filter(pk=by.token.pk)
        if usable.select_for_update(no_key=True).first() is None:
            raise NotAllowed
    elif by.user is not None:
        lock_people([by.user.pk])
    return actor_now(by)
