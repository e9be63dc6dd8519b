"""Two-factor sign-in, where an organization requires it (docs/rules.md, Two factors)."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.text import by_name
from orgs.models import Organization, User

#: Where somebody wanted to go who is led to setting up a second step: a path, in their session.
_WANTED = "second_step_wanted"


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
    return counts_by_provider(session) or second_factors().filter(user=user).exists()


def counts_by_provider(session: Any) -> bool:
    """Whether the session began at an identity provider whose sign-ins count as two-factor ones."""
    if not settings.OIDC_TWO_FACTORS or session is None:
        return False
    methods = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return any(method.get("method") == "socialaccount" for method in methods)


def lacks_two_factor(organization: Organization, user: User, session: Any = None) -> bool:
    """Whether the organization is closed to this member because they lack a second factor.

    No query for organizations that do not require two factors.
    """
    return organization.requires_two_factors and not has_two_factors(user, session)


def asking_organizations(user: User) -> QuerySet[Organization]:
    """Return the live organizations of a person that require two factors, by name."""
    asking = Organization.objects.filter(archived_at=None, requires_two_factors=True, memberships__user=user)
    return asking.order_by(*by_name())


def remember_wanted(request: HttpRequest, path: str) -> None:
    """Remember the page that a person is led back to once they have set up a second step."""
    if request.session.get(_WANTED) != path:
        request.session[_WANTED] = path


def take_wanted(request: HttpRequest) -> str:
    """Return the page that the person wanted, which is then forgotten; empty if there is none."""
    return str(request.session.pop(_WANTED, ""))


def has_wanted(request: HttpRequest) -> bool:
    """Whether a page waits for the person to set up a second step."""
    return _WANTED in request.session
