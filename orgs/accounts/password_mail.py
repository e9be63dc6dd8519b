"""The password reset e-mail, sent by an operator."""

from allauth.account.forms import ResetPasswordForm
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from orgs.access import Actor
from orgs.models import User
from orgs.operations.accounts import note_password_mail


def send_password_mail(request: HttpRequest, user: User, *, by: Actor) -> None:
    """Send a person the e-mail of *Forgot your password?*; it counts towards the same rate limit.

    Raises DomainError account_switched_off, too_many_emails, mail_not_sent.
    """
    if not user.is_active:
        raise DomainError(_("This account is switched off. Switch it on first."), code="account_switched_off")
    if not ratelimit.consume(request, action="reset_password", key=user.email):
        raise DomainError(_("Too many e-mails were sent in the last hour. Try again later."), code="too_many_emails")
    form = ResetPasswordForm({"email": user.email})
    form.is_valid()
    request.awaits_mail = True  # type: ignore[attr-defined]
    form.save(request)
    note_password_mail(user, by=by)
