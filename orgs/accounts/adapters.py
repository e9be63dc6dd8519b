"""django-allauth adapters: accounts are created by invitation only, and an address counts once it is confirmed."""

from typing import Any, ClassVar
from urllib.parse import quote

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.addresses import absolute
from core.email_addresses import canonical
from core.errors import Conflict, DomainError
from core.http import client_address
from core.mail import message
from core.validation import max_length
from orgs import operations
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.access.two_factor import lacks_two_factor, remember_wanted
from orgs.accounts import mail_codes
from orgs.accounts.tries import count_try
from orgs.models import User

log = structlog.get_logger(__name__)

#: The client address of requests over a Unix socket.
SOCKET = "127.0.0.1"


#: What the link of an e-mail does, by the e-mail's template.
_BUTTONS = {
    "password_reset_key": gettext_lazy("Choose a new password"),
    "account_already_exists": gettext_lazy("Choose a new password"),
    "email_confirmation": gettext_lazy("Confirm the address"),
}


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up: accounts are created by accepting an invitation (docs/rules.md, Invitations)."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("Wrong e-mail or password."),
        "invalid_login": gettext_lazy("Wrong e-mail or password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Codes that are shown once are no reason to warn: the page with them says so."""
        if message_template == "mfa/messages/recovery_codes_generated.txt":
            level = messages.SUCCESS
        super().add_message(request, level, message_template, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address, the same as in the audit log."""
        return client_address(request) or SOCKET

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Without the host name, which the client can choose.
        return canonical(str(credentials.get("email", "")))

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether that is the signed-in person's password.

        Counted by account and session: wrong sign-ins of others, from wherever, don't keep anyone out here.
        """
        forget = count_try(self.request, user)
        if not user.check_password(password):
            return False
        forget()
        return True

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether to ask *Is it you?*. The library asks nobody without a password or second step.

        Raises ReauthenticationRequired for these: they are asked for a code by e-mail.
        """
        required = bool(super().is_reauthentication_required(app=app, **kwargs))
        if required and mail_codes.is_asked(self.request):
            raise ReauthenticationRequired
        return required

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if methods or not user.is_authenticated:
            return methods
        return [{"id": "mail_code", "description": _("Use a code"), "url": reverse("reauthenticate_by_mail")}]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an e-mail about an account.

        Failures are only logged: the change it reports has already happened, and an error would reveal that the
        account exists. They are raised for people who wait for the link to their new address, and for operators who
        send an e-mail.

        Raises DomainError mail_not_sent.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # smtplib's errors are OSErrors
            template = template_prefix.rpartition("/")[2]
            # The server's reply may contain the address, which must not be logged.
            log.warning("account_mail_not_sent", template=template, error=type(error).__name__)
            if template == "email_confirmation" or getattr(self.request, "awaits_mail", False):
                raise DomainError(
                    _("The e-mail with the link could not be sent. Try again in a few minutes."),
                    code="mail_not_sent",
                ) from error

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> EmailMultiAlternatives:
        """Return the library's text in the frame of all e-mails."""
        text = super().render_mail(template_prefix, email, context, headers)
        button = _BUTTONS.get(template_prefix.rpartition("/")[2])
        made = message(email, text.subject, text.body, button=str(button or ""))
        made.from_email, made.extra_headers = text.from_email, text.extra_headers
        return made

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link for a new password, at the installation's address: the request's host can be forged."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", quote(key)))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """Return the link that confirms an address, at the installation's address."""
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of an address that somebody wanted to use it."""
        links = {"password_reset_url": absolute(reverse("account_reset_password"))}
        self.send_mail("account/email/account_already_exists", email, links)

    def clean_email(self, email: str) -> str:
        """Return the address in the form in which it is stored and compared."""
        return canonical(email)

    def set_password(self, user: User, password: str) -> None:
        """Replace the password this request was authorized with, and save no other field: the account may have been
        switched off meanwhile.

        Raises Conflict if the password was changed meanwhile: a link works once, even if followed twice concurrently.
        """
        with transaction.atomic():
            lock_people([user.pk])
            if User.objects.values_list("password", flat=True).get(pk=user.pk) != user.password:
                raise Conflict
            user.set_password(password)
            user.save(update_fields=["password"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("orgs:security")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Return the page to show after an address was confirmed."""
        return reverse("account_email" if self.request.user.is_authenticated else "account_login")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Make a confirmed address the account's own; returns whether that worked.

        Somebody else may have created an account with the address since the link was sent: then it stays theirs.
        """
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:
            messages.error(request, _("Someone already uses this address."))
            return False


#: Maximum length of a first or last name.
NAME_LENGTH = max_length(User, "first_name")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An identity alone gives nobody an account: it is matched by its e-mail address, if the provider has
    confirmed it."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return the provider from the settings; the database holds none."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Always closed: invited people already have their account at this point."""
        return False

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Log the reason for the operator, without the provider's response, which may contain secrets."""
        reason = str(exception)[:200] if exception and "retrieving" not in str(exception) else ""
        log.warning("identity_refused", error=type(exception).__name__ if exception else str(error), reason=reason)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect a new identity to the account it belongs to.

        Raises ImmediateHttpResponse if there is none.
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
            # The same person signed in concurrently in another window; the next attempt succeeds.
            raise _answer_with(request, "socialaccount/authentication_error.html", 409) from error
        if known:
            provider = {"provider": sociallogin.provider, "account": sociallogin.account}
            self.send_notification_mail("socialaccount/email/account_connected", user, context=provider)

    def _holder(self, request: HttpRequest, sociallogin: SocialLogin, address: str) -> User | None:
        """Return the account that owns the address; not one that has yet to confirm it."""
        user = User.objects.select_for_update(no_key=True).filter(email=address).first() if address else None
        if user is None:
            return None
        if not user.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        own, _made = EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
        if not own.verified:
            return None
        identity = sociallogin.account
        others = SocialAccount.objects.filter(user=user, provider=identity.provider).exclude(uid=identity.uid)
        if others.filter(extra_data__iss=identity.extra_data["iss"]).exists():
            # The provider has reassigned the address to another identity: the account stays with the first.
            raise _answer_with(request, "socialaccount/other_identity.html", 403)
        return user

    def _invited(self, request: HttpRequest, sociallogin: SocialLogin, address: str) -> User | None:
        """Create the account of an invited person and accept their invitations."""
        if not operations.is_invited(address) or User.objects.filter(email=address).exists():
            return None
        told = sociallogin.user
        names = {"first_name": told.first_name[:NAME_LENGTH], "last_name": told.last_name[:NAME_LENGTH]}
        user = operations.create_account(address, None, **names)
        joined = operations.accept_all(user, by=Actor.person(user, request))
        # The invitation link that may have led here is used up.
        sociallogin.state.pop("next", None)
        if not settings.OIDC_TWO_FACTORS and any(lacks_two_factor(one.organization, user) for one in joined):
            remember_wanted(request, reverse("orgs:home"))
            sociallogin.state["next"] = reverse("orgs:second_step")
        return user


def _answer_with(request: HttpRequest, template: str, status: int) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(render(request, template, status=status))
