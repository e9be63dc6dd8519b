"""The letter with an invitation's link."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from .models import Invitation


def send_invitation(invitation: Invitation, secret: str, request: HttpRequest) -> None:
    """Send the link to the invited address when the transaction commits, in the language of whoever invites."""
    path = reverse("orgs:invitation", args=[secret])
    origin = settings.ORIGIN or request.build_absolute_uri("/").rstrip("/")
    context = {"invitation": invitation, "url": origin + path, "inviter": request.user}
    subject = " ".join(render_to_string("orgs/invitation_subject.txt", context).split())
    body = render_to_string("orgs/invitation_body.txt", context)
    transaction.on_commit(lambda: send_mail(subject, body, None, [invitation.email]))
