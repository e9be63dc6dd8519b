"""How accounts come to be and change: by invitation only, and an address counts once it is confirmed."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from .errors import DomainError
from .web import client_address

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
        refusal would say that there is an account. Only who waits for the link to their new address is told.

        Raises DomainError mail_not_sent.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # smtplib's errors are OSErrors
            letter = template_prefix.rpartition("/")[2]
            # What the server said may hold the address, which logs do without.
            log.warning("account_mail_not_sent", letter=letter, error=type(error).__name__)
            if letter == "email_confirmation":
                raise DomainError(
                    _("The letter with the link could not be sent. Have it sent again in a few minutes."),
                    code="mail_not_sent",
                ) from error

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
