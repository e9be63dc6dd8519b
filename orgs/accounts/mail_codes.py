"""*Is it you?* for accounts that have neither a password nor a second step: a code sent to their address.

Those are accounts made by an identity provider. Without this, whoever finds such a browser open could change how the
account is kept safe, unasked (docs/rules.md, Signing in).
"""

import secrets
import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.mail import message
from orgs.models import User

#: Seconds for which a code is good, and wrong ones that end it.
LIFETIME, TRIES = 600, 5
_KEY = "mail_code"


def is_asked(request: HttpRequest) -> bool:
    """Whether the signed-in person has to show by a code that they are who they are."""
    user = request.user
    if not user.is_authenticated or get_reauthentication_flows(user):
        return False
    shown = [record for record in get_authentication_records(request, user) if record.get("reauthenticated")]
    return not shown or time.time() - shown[-1]["at"] >= app_settings.REAUTHENTICATION_TIMEOUT


def send_code(request: HttpRequest, user: User) -> None:
    """Send a new code to the account's address; the one before ends. Raises DomainError too_many_emails,
    mail_not_sent."""
    if not ratelimit.consume(request, action=_KEY, user=user):
        raise DomainError(_("Too many e-mails were sent in the last hour. Try again later."), code="too_many_emails")
    code = f"{secrets.randbelow(1_000_000):06}"
    request.session[_KEY] = {"digest": _digest(user, code), "until": time.time() + LIFETIME, "left": TRIES}
    text = "\n\n".join(
        [
            _("Your code for Weni Chats is %(code)s.") % {"code": code},
            _("It is good for ten minutes, where you asked for it. If that wasn’t you, sign out everywhere."),
            _("Weni Chats"),
        ]
    )
    try:
        message(user.email, _("Your code for Weni Chats"), text).send()
    except OSError as error:  # smtplib's errors are OSErrors
        raise DomainError(
            _("The e-mail with the code could not be sent. Try again in a few minutes."), code="mail_not_sent"
        ) from error


def has_code(request: HttpRequest) -> bool:
    """Whether a code that was sent is still good."""
    sent = request.session.get(_KEY)
    return bool(sent and sent["left"] > 0 and sent["until"] > time.time())


def accept_code(request: HttpRequest, user: User, text: str) -> bool:
    """Note that the person showed who they are, if that is the code; it works once, and a few wrong ones end it."""
    if not has_code(request):
        return False
    sent = request.session[_KEY]
    given = "".join(char for char in text if char.isdigit())
    if not constant_time_compare(sent["digest"], _digest(user, given)):
        request.session[_KEY] = {**sent, "left": sent["left"] - 1}
        return False
    del request.session[_KEY]
    record_authentication(request, user, method="mail_code", reauthenticated=True)
    return True


def _digest(user: User, code: str) -> str:
    return salted_hmac("orgs.mail_code", f"{user.pk}:{user.email}:{code}").hexdigest()
