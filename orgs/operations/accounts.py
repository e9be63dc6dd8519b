"""What an operator can do to people's accounts (docs/admin.md)."""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.constraints import check_deferred
from core.errors import DomainError, rules_of_database
from orgs import audit
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.models import Organization, User


@transaction.atomic
def switch_account_off(user: User, *, by: Actor) -> User:
    """Deactivate an account: its sessions and live streams end, and its tickets return to their queues. Idempotent.

    Raises DomainError own_account, last_administrator (enforced by the database).
    """
    if by.user == user:
        raise DomainError(_("You can't switch your own account off."), code="own_account")
    user = _locked(user)
    if user.is_active:
        user.is_active = False
        with rules_of_database():
            user.save(update_fields=["is_active"])
            check_deferred("account_of_last_administrator")
        _end(user)
        _record(by, "account.switched_off", user)
    return user


@transaction.atomic
def switch_account_on(user: User, *, by: Actor) -> User:
    """Reactivate an account: its memberships are kept, its queues and sectors are not. Idempotent."""
    user = _locked(user)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        _record(by, "account.switched_on", user)
    return user


@transaction.atomic
def end_sessions(user: User, *, by: Actor) -> int:
    """Sign a person out on all devices, live streams included; returns the number of sessions ended."""
    ended = _end(_locked(user))
    if ended:
        _record(by, "account.sessions_ended", user)
    return ended


@transaction.atomic
def note_password_mail(user: User, *, by: Actor) -> None:
    """Record that a person was sent a password reset link."""
    _record(by, "account.password_mail_sent", user)


def _locked(user: User) -> User:
    lock_people([user.pk])
    return User.objects.get(pk=user.pk)


def _end(user: User) -> int:
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def _record(by: Actor, action: str, user: User) -> None:
    """Write an audit entry in each of the person's organizations, so that their Administrators know."""
    organizations: list[Organization | None] = [*Organization.objects.filter(memberships__user=user).order_by("pk")]
    for organization in organizations or [None]:
        audit.record(by, action, user, organization=organization)
