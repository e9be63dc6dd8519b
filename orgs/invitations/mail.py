"""E-mails with invitation links (docs/rules.md, Invitations)."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from procrastinate.contrib.django import app

from core.addresses import absolute
from core.mail import message
from core.outgoing_mail import sends_mail
from orgs.models import Invitation
from orgs.operations.invitations import record_mailed

log = structlog.get_logger(__name__)

#: Seconds a request spends on sending; the worker sends the rest.
PATIENCE = 5.0


def said_of(email: str) -> str:
    """Return what to tell the inviter: that the e-mail is on its way, or that this installation sends none."""
    if sends_mail():
        return _("An invitation is on its way to %(email)s.") % {"email": email}
    return _("%(email)s is invited. No e-mail was sent: copy the link and pass it on.") % {"email": email}


@dataclass(frozen=True)
class MailContext:
    """What all e-mails of a batch share: the inviter's language and name (empty for an API token)."""

    language: str
    inviter: str

    @classmethod
    def of(cls, inviter: str) -> "MailContext":
        return cls(translation.get_language() or settings.LANGUAGE_CODE, inviter)


@dataclass
class SendResult:
    """What happened to each e-mail: ``left`` was sent; ``refused`` was rejected, or the server was unreachable;
    ``later`` ran out of time."""

    left: list[Invitation] = field(default_factory=list)
    refused: list[Invitation] = field(default_factory=list)
    later: list[Invitation] = field(default_factory=list)
    reached: bool = True


def send_invitations(emails: Iterable[tuple[Invitation, str]], inviter: str) -> SendResult:
    """Send invitations (with their secrets) over one connection, in the inviter's language.

    What takes longer than ``PATIENCE`` is left to the worker. Call it after the invitations are committed: they stay
    even if the mail server rejects an e-mail.
    """
    head = MailContext.of(inviter)
    sending = send(emails, head, seconds=PATIENCE)
    if sending.later:
        app.configure_task("orgs.mail_invitations", allow_unknown=False).defer(
            invitations=[str(invitation.pk) for invitation in sending.later],
            language=head.language,
            inviter=head.inviter,
        )
    return sending


def send(emails: Iterable[tuple[Invitation, str]], head: MailContext, *, seconds: float | None = None) -> SendResult:
    """Send e-mails over one connection for at most ``seconds`` (None: no limit), and record which were sent.

    If the server rejects an address, the next one is tried; if it is unreachable, sending stops. The first e-mail is
    always tried, however long connecting took.
    """
    waiting, sending, begun = list(emails), SendResult(), time.monotonic()
    if not waiting:
        return sending
    with _connection() as connection, translation.override(head.language):
        sending.reached = connection is not None
        for number, (invitation, secret) in enumerate(waiting):
            if sending.reached and number and seconds is not None and time.monotonic() - begun > seconds:
                sending.later.append(invitation)
            elif sending.reached and _send_one(connection, _letter(invitation, secret, head), invitation, sending):
                sending.left.append(invitation)
            else:
                sending.refused.append(invitation)
    kept = [*sending.refused, *sending.later]
    record_mailed([invitation.pk for invitation in sending.left], [invitation.pk for invitation in kept])
    return sending


def _send_one(connection: Any, letter: EmailMultiAlternatives, invitation: Invitation, sending: SendResult) -> bool:
    try:
        connection.send_messages([letter])
    except (SMTPRecipientsRefused, SMTPResponseException) as error:
        _note(error, invitation=str(invitation.pk))
        return False
    except OSError as error:  # smtplib's errors are OSErrors
        sending.reached = False
        _note(error, invitation=str(invitation.pk))
        return False
    return True


@contextmanager
def _connection() -> Iterator[Any]:
    """Connect to the mail server, yielding None if it is unreachable; errors on closing are ignored."""
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        _note(error)
        yield None
        return
    try:
        yield connection
    finally:
        try:
            connection.close()
        except OSError as error:
            _note(error)


def _letter(invitation: Invitation, secret: str, head: MailContext) -> EmailMultiAlternatives:
    context = {
        "invitation": invitation,
        "projects": list(invitation.projects.select_related("project")),
        "url": invitation_url(secret),
        "inviter": head.inviter,
    }
    subject = " ".join(render_to_string("orgs/invitation_subject.txt", context).split())
    text = render_to_string("orgs/invitation_body.txt", context)
    return message(invitation.email, subject, text, button=pgettext("button of an invitation", "Join"))


def invitation_url(secret: str) -> str:
    """Return the link with which an invited person comes in."""
    return absolute(reverse("orgs:invitation", args=[secret]))


def _note(error: OSError, **about: str) -> None:
    # The server's reply may contain the address, which must not be logged.
    log.warning("invitation_not_sent", error=type(error).__name__, **about)
