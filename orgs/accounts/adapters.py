"""How accounts come to be and change: by invitation only, and an address counts once it is confirmed."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError
from core.http import client_address
from core.validation import max_length
from orgs import operations
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.models import User

log = structlog.get_logger(__name__)

#: The address of a request that came over a socket of the machine itself.
SOCKET = "127.0.0.1"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: an account is made by accepting an invitation (docs/rules.md, Invitations)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up uninvited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address a request came from, as the audit log has it."""
        return client_address(request) or SOCKET

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Without the host's name, which whoever asks may choose.
        return str(credentials.get("email", "")).strip().lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter about an account. One that does not leave stops nothing: what it tells of has happened, and a
        refusal would say that there is an account. Only who waits for the link to their new address is told, and the
        operator who has a letter sent.

        Raises DomainError mail_not_sent.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # smtplib's errors are OSErrors
            letter = template_prefix.rpartition("/")[2]
            # What the server said may hold the address, which logs do without.
            log.warning("account_mail_not_sent", letter=letter, error=type(error).__name__)
            if letter == "email_confirmation" or getattr(self.request, "awaits_mail", False):
                raise DomainError(
                    _("The letter with the link could not be sent. Have it sent again in a few minutes."),
                    code="mail_not_sent",
                ) from error

    def set_password(self, user: User, password: str) -> None:
        """Set a password in the place of the one that the request was let in with, and nothing else of the account,
        which may have been switched off meanwhile.

        Raises Conflict where another was set: a link works once, however often it is followed at the same moment.
        """
        with transaction.atomic():
            lock_people([user.pk])
            if User.objects.values_list("password", flat=True).get(pk=user.pk) != user.password:
                raise Conflict
            user.set_password(password)
            user.save(update_fields=["password"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the page the change began on."""
        return reverse("orgs:security")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Return where a confirmed address leads: to its page, for whom it is."""
        return reverse("account_email" if self.request.user.is_authenticated else "account_login")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Make a confirmed address the account's own; returns whether it is.

        Since the link was sent somebody else may have got an account with it: theirs it stays.
        """
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:
            messages.error(request, _("Someone already uses this address."))
            return False


#: As long as a name of a person may be.
NAME_LENGTH = max_length(User, "first_name")


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
                    raise _answer_with(request, "socialaccount/unknown.html", 403)
                sociallogin.user = user
                sociallogin.save(request, connect=True)
        except (IntegrityError, DomainError) as error:
            # The same person in another window was faster; the next try finds them.
            raise _answer_with(request, "socialaccount/authentication_error.html", 409) from error
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
            raise _answer_with(request, "socialaccount/other_identity.html", 403)
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


def _answer_with(request: HttpRequest, template: str, status: int) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(render(request, template, status=status))
