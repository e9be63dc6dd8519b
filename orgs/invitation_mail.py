"""The letters with invitations' links."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from .models import Invitation

log = structlog.get_logger(__name__)


def send_invitations(
    letters: Iterable[tuple[Invitation, str]], request: HttpRequest, inviter: str
) -> list[Invitation]:
    """Send the links (invitation, secret) to the invited addresses over one connection, in the language of whoever
    invites; return the invitations whose mail did not leave.

    Called after the invitations are committed: a mail server that refuses takes nothing back. One that refuses an
    address is asked for the next; one that can't be reached is not tried again for each.
    """
    waiting = list(letters)
    unsent: list[Invitation] = []
    if not waiting:
        return unsent
    with _connection() as connection:
        reached = connection is not None
        for invitation, secret in waiting:
            try:
                if reached:
                    connection.send_messages([_letter(invitation, secret, request, inviter)])
                    continue
            except (SMTPRecipientsRefused, SMTPResponseException) as error:
                _note(error, invitation=str(invitation.pk))
            except OSError as error:  # smtplib's errors are OSErrors
                reached = False
                _note(error, invitation=str(invitation.pk))
            unsent.append(invitation)
    return unsent


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


def _letter(invitation: Invitation, secret: str, request: HttpRequest, inviter: str) -> EmailMultiAlternatives:
    origin = settings.ORIGIN or request.build_absolute_uri("/").rstrip("/")
    context = {
        "invitation": invitation,
        "url": origin + reverse("orgs:invitation", args=[secret]),
        "inviter": inviter,
        "language": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
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
