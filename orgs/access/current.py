"""Re-check rights that were read earlier: during a long task or a wait for a lock they may have ended
(docs/rules.md, Ending access)."""

from dataclasses import replace

from core.errors import NotAllowed
from orgs.models import ApiToken, User

from .locks import lock_people
from .members import Actor, Member, OrganizationMember, TokenMember, member_of, organization_member, token_member


def member_now(member: Member) -> Member:
    """Return the person's (or program's) membership of the project as it is now. Raises NotAllowed if there is
    none."""
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
    """Return the actor with their current rights in the project; an actor outside a project is returned unchanged.

    Raises NotAllowed.
    """
    return replace(by, member=member_now(by.member)) if by.member is not None else by


def organization_member_now(member: OrganizationMember) -> OrganizationMember:
    """Return the person's membership of the organization as it is now. Raises NotAllowed if there is none."""
    user = User.objects.filter(pk=member.user.pk).first()
    now = organization_member(user, member.organization.pk) if user else None
    if now is None:
        raise NotAllowed
    return now


def held(by: Actor) -> Actor:
    """Like ``actor_now``, and block any operation that would end these rights until the transaction ends.

    So nothing lasting is created with rights that are gone. Call it before taking any other lock. Raises NotAllowed.
    """
    if by.token is not None:
        usable = ApiToken.objects.usable().filter(pk=by.token.pk)
        if usable.select_for_update(no_key=True).first() is None:
            raise NotAllowed
    elif by.user is not None:
        lock_people([by.user.pk])
    return actor_now(by)
