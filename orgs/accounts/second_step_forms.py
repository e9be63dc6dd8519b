"""allauth's forms of the second step: a key that is refused is told why, and who is signed in is counted apart.

The library counts wrong codes with wrong sign-ins, by network address too: strangers could then keep somebody who is
signed in from showing who they are (docs/rules.md, Throttles).
"""

from allauth.core import context
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .removed_keys import used_key
from .tries import count_try


class _ExplainedKey(webauthn.AuthenticateWebAuthnForm):
    """Says why a key was refused."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                raise
            raise ValidationError(self._why(), code="incorrect_code") from error

    def _why(self) -> str:
        response = self.cleaned_data["credential"]
        try:
            auth.parse_authentication_response(response)
            user = self.user or auth.extract_user_from_response(response)
            removed = used_key(user, response)
        except ValidationError:
            removed = None
        if removed:
            return _(
                "That key was removed from your account on %(day)s. Sign in another way, and delete it where you "
                "keep your passkeys. If it wasn’t you who removed it, choose a new password."
            ) % {"day": date_format(timezone.localtime(removed.removed_at), "DATE_FORMAT")}
        return _(
            "That key opens no account here: it was removed, is for another place, or the page was open for too "
            "long. Try again, or sign in another way."
        )


class LoginForm(webauthn.LoginWebAuthnForm, _ExplainedKey):
    """Signing in with a passkey alone."""


class AuthenticateForm(_ExplainedKey):
    """A key as the second step."""


class ReauthenticateKeyForm(webauthn.ReauthenticateWebAuthnForm, _ExplainedKey):
    """*Is it you?*, by a key."""

    def clean_credential(self) -> Authenticator:
        response = self.cleaned_data["credential"]
        auth.parse_authentication_response(response)
        forget = count_try(context.request, self.user)
        try:
            factor = auth.complete_authentication(self.user, response)
        except ValidationError as error:
            raise ValidationError(self._why(), code=error.code) from error
        forget()
        return factor


def wrong_code() -> ValidationError:
    """Return the error of a code that is neither the app's of now nor a recovery code that is left."""
    return ValidationError(
        _("Incorrect code. Enter the newest six digits of the app, or a recovery code that you have not used yet."),
        code="incorrect_code",
    )


class CodeForm(base.AuthenticateForm):
    """A code as the second step."""

    def clean_code(self) -> str:
        try:
            return str(super().clean_code())
        except ValidationError as error:
            raise (wrong_code() if error.code == "incorrect_code" else error) from error


class ReauthenticateForm(base.ReauthenticateForm):
    """*Is it you?*, by a code."""

    def clean_code(self) -> str:
        forget, code = count_try(context.request, self.user), self.cleaned_data["code"]
        factors = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)
        self.authenticator = next((factor for factor in factors if factor.wrap().validate_code(code)), None)
        if self.authenticator is None:
            raise wrong_code()
        forget()
        return str(code)


class ActivateAppForm(totp.ActivateTOTPForm):
    """Setting up an authenticator app."""

    def clean_code(self) -> str:
        forget, code = count_try(context.request, self.user), self.cleaned_data["code"]
        if not validate_totp_code(self.secret, code):
            raise ValidationError(
                _(
                    "Incorrect code. Enter the newest six digits that the app shows. If they are refused too, let "
                    "the phone set its clock by itself, and try again."
                ),
                code="incorrect_code",
            )
        forget()
        return str(code)
