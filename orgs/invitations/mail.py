"""The letters with invitations' links (docs/rules.md, Invitations)."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from procrastinate.contrib.django import app

from orgs.models import Invitation
from orgs.operations.invitations import record_mailed

log = structlog.get_logger(__name__)

#: So many seconds a page sends letters; the worker sends the others.
PATIENCE = 5.0


@dataclass(frozen=True)
class MailContext:
    """What all letters of one sending have in common: the program's address, the language and name of whoever
    invites (no name: a program)."""

    origin: str
    language: str
    inviter: str

    @classmethod
    def of(cls, request: HttpRequest, inviter: str) -> "MailContext":
        """Return that of a request."""
        origin = settings.ORIGIN or request.build_absolute_uri("/").rstrip("/")
        return cls(origin, translation.get_language() or settings.LANGUAGE_CODE, inviter)


@dataclass
class SendResult:
    """What became of letters: ``left``; ``refused`` by the mail server, or it was not there; ``later``: it is there,
    but time was up."""

    left: list[Invitation] = field(default_factory=list)
    refused: list[Invitation] = field(default_factory=list)
    later: list[Invitation] = field(default_factory=list)
    reached: bool = True


def send_invitations(letters: Iterable[tuple[Invitation, str]], request: HttpRequest, inviter: str) -> SendResult:
    """Send the links (invitation, secret) to the invited addresses over one connection, in the language of whoever
    invites; hand what takes longer than ``PATIENCE`` to the worker. Returns what became of each.

    Called after the invitations are committed: a mail server that refuses takes nothing back.
    """
    head = MailContext.of(request, inviter)
    sending = send(letters, head, seconds=PATIENCE)
    if sending.later:
        app.configure_task("orgs.mail_invitations", allow_unknown=False).defer(
            invitations=[str(invitation.pk) for invitation in sending.later],
            origin=head.origin,
            language=head.language,
            inviter=head.inviter,
        )
    return sending


def send(letters: Iterable[tuple[Invitation, str]], head: MailContext, *, seconds: float | None = None) -> SendResult:
    """Send letters over one connection, for so many seconds (None: to the end), and note which left.

    A mail server that refuses an address is asked for the next; one that can't be reached is not tried again for
    each. The first letter is tried however long the server took to answer.
    """
    waiting, sending, begun = list(letters), SendResult(), time.monotonic()
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
    """Open the way to the mail server, or give None where there is none; close it, whatever it says to that."""
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
        "url": head.origin + reverse("orgs:invitation", args=[secret]),
        "inviter": head.inviter,
        "language": head.language,
    }
    subject = " ".join(render_to_string("orgs/invitation_subject.txt", context).split())
    letter = EmailMultiAlternatives(
        subject, render_to_string("orgs/invitation_body.txt", context), None, [invitation.email]
    )
    letter.attach_alternative(render_to_string("orgs/invitation_body.html", context), "text/html")
    return letter


def _note(error: OSError, **about: str) -> None:
    # What the server said may hold the address, which logs do without.
    log.warning("invitation_not_sent", error=type(error).__name__, **about)
