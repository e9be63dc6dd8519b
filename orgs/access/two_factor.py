"""Whether somebody showed two factors, where an organization asks for them (docs/rules.md, Two factors)."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from orgs.models import Organization, User


class TwoFactorsRequired(DomainError):
    """The organization asks its members for two factors, and this person has one."""

    code = "two_factors_required"
    status = 403
    sentence = _("This organization asks for two-step sign-in. Set up a second step on your Security page.")


def second_factors() -> QuerySet[Authenticator]:
    """Return what counts as a second step: authenticator apps and keys. Recovery codes alone do not."""
    return Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)


def has_two_factors(user: User, session: Any = None) -> bool:
    """Whether a person signs in with two factors.

    Whoever has a second step shows it at every sign-in. A sign-in by an identity provider counts where the operator
    says so (``OIDC_TWO_FACTORS``); ``session`` is the one it happened in.
    """
    if settings.OIDC_TWO_FACTORS and session is not None:
        methods = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        if any(method.get("method") == "socialaccount" for method in methods):
            return True
    return second_factors().filter(user=user).exists()


def lacks_two_factor(organization: Organization, user: User, session: Any = None) -> bool:
    """Whether an organization is shut to one of its members for want of a second factor.

    Costs nothing for an organization that does not ask for two.
    """
    return organization.requires_two_factors and not has_two_factors(user, session)
