"""Signing in by an identity provider: for those who have an account or an invitation (docs/rules.md, Signing in)."""

from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render

from . import operations
from .access import Actor
from .errors import DomainError
from .models import User
from .web import client_address

log = structlog.get_logger(__name__)

#: As long as a name of a person may be.
NAME_LENGTH = User._meta.get_field("first_name").max_length


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Nobody gets an account by having one elsewhere: what counts is the address, once the provider confirms it."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return the operator's provider, which the environment names; none is kept in the database."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs up: who is invited has their account already when this is asked."""
        return False

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Tell the operator why; the person is told to try again. What the provider answered may hold secrets."""
        reason = str(exception)[:200] if exception and "retrieving" not in str(exception) else ""
        log.warning("identity_refused", error=type(exception).__name__ if exception else str(error), reason=reason)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account of an identity that comes for the first time, and tie it to that.

        Raises ImmediateHttpResponse where there is none.
        """
        if sociallogin.is_existing:
            return
        address = next((row.email for row in sociallogin.email_addresses if row.verified), "")
        try:
            with transaction.atomic():
                known = self._holder(request, sociallogin, address)
                user = known or self._invited(request, sociallogin, address)
                if user is None:
                    raise _page(request, "socialaccount/unknown.html", 403)
                sociallogin.user = user
                sociallogin.save(request, connect=True)
        except (IntegrityError, DomainError) as error:
            # The same person in another window was faster; the next try finds them.
            raise _page(request, "socialaccount/authentication_error.html", 409) from error
        if known:
            provider = {"provider": sociallogin.provider, "account": sociallogin.account}
            self.send_notification_mail("socialaccount/email/account_connected", user, context=provider)

    def _holder(self, request: HttpRequest, sociallogin: SocialLogin, address: str) -> User | None:
        """Return the account whose own, confirmed address it is: not one that waits to be confirmed."""
        user = User.objects.select_for_update(no_key=True).filter(email__iexact=address).first() if address else None
        if user is None:
            return None
        if not user.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        own, _made = EmailAddress.objects.get_or_create(
            user=user, email__iexact=user.email, defaults={"email": user.email, "verified": True, "primary": True}
        )
        if not own.verified:
            return None
        identity = sociallogin.account
        others = SocialAccount.objects.filter(user=user, provider=identity.provider).exclude(uid=identity.uid)
        if others.filter(extra_data__iss=identity.extra_data["iss"]).exists():
            # An address that the provider gave to somebody else does not come with the account.
            raise _page(request, "socialaccount/other_identity.html", 403)
        return user

    def _invited(self, request: HttpRequest, sociallogin: SocialLogin, address: str) -> User | None:
        """Make the account of somebody invited and join what they are invited to."""
        if not operations.is_invited(address) or User.objects.filter(email__iexact=address).exists():
            return None
        told = sociallogin.user
        names = {"first_name": told.first_name[:NAME_LENGTH], "last_name": told.last_name[:NAME_LENGTH]}
        user = operations.create_account(address, None, **names)
        by = Actor(user=user, address=client_address(request), request_id=getattr(request, "request_id", ""))
        operations.accept_all(user, by=by)
        # The link of the invitation, if that led here, is used up.
        sociallogin.state.pop("next", None)
        return user


def _page(request: HttpRequest, template: str, status: int) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(render(request, template, status=status))
