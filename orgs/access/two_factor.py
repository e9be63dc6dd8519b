"""Two-factor sign-in, where an organization requires it (docs/rules.md, Two factors)."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from orgs.models import Organization, User


class TwoFactorsRequired(DomainError):
    """The organization requires two-factor sign-in, and this person has only one factor."""

    code = "two_factors_required"
    status = 403
    sentence = _("This organization asks for two-step sign-in. Set up a second step on your Security page.")


def second_factors() -> QuerySet[Authenticator]:
    """Return the authenticators that count as a second factor: apps and keys, but not recovery codes alone."""
    return Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)


def has_two_factors(user: User, session: Any = None) -> bool:
    """Whether a person signs in with two factors.

    Anyone with a second factor is asked for it at every sign-in. A sign-in through an identity provider counts if the
    operator says so (``OIDC_TWO_FACTORS``); ``session`` is the session of that sign-in.
    """
    if settings.OIDC_TWO_FACTORS and session is not None:
        methods = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        if any(method.get("method") == "socialaccount" for method in methods):
            return True
    return second_factors().filter(user=user).exists()


def lacks_two_factor(organization: Organization, user: User, session: Any = None) -> bool:
    """Whether the organization is closed to this member because they lack a second factor.

    No query for organizations that do not require two factors.
    """
    return organization.requires_two_factors and not has_two_factors(user, session)
