"""The letter with an invitation's link."""

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from .models import Invitation

log = structlog.get_logger(__name__)


def send_invitation(invitation: Invitation, secret: str, request: HttpRequest) -> bool:
    """Send the link to the invited address, in the language of whoever invites; returns whether the mail left.

    Called after the invitation is committed: a mail server that refuses takes nothing back.
    """
    path = reverse("orgs:invitation", args=[secret])
    origin = settings.ORIGIN or request.build_absolute_uri("/").rstrip("/")
    context = {"invitation": invitation, "url": origin + path, "inviter": request.user}
    subject = " ".join(render_to_string("orgs/invitation_subject.txt", context).split())
    body = render_to_string("orgs/invitation_body.txt", context)
    try:
        send_mail(subject, body, None, [invitation.email])
    except OSError as error:  # smtplib's errors are OSErrors
        log.warning("invitation_not_sent", invitation=str(invitation.pk), error=str(error))
        return False
    return True
