"""Addresses of stored files: for people signed in, and signed ones that end, for programs (docs/rules.md, Files)."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.urls import reverse

from tickets.models import Attachment

_SALT = "tickets.files"


def _signer() -> TimestampSigner:
    return TimestampSigner(sep=".", salt=_SALT)


def address_for_programs(attachment: Attachment) -> str:
    """Return an absolute address at which whoever has it gets the file for ``FILE_LINK_DAYS`` days from now.

    Its last part is the file's name, because programs take it for that.
    """
    path = reverse("tickets:shared_file", args=[_signer().sign(attachment.pk.hex), attachment.name])
    origin = settings.ORIGIN or attachment.origin or settings.LOCAL_ORIGIN
    return f"{origin}{path}"


def attachment_of(token: str) -> UUID | None:
    """Return the attachment that a signed address is for; None once it has ended, or where it was not made here."""
    try:
        text = _signer().unsign(token, max_age=timedelta(days=settings.FILE_LINK_DAYS))
        return UUID(hex=text)
    except (BadSignature, ValueError):
        return None


def origin_of(request: HttpRequest) -> str:
    """Return the program's address as the request reached it, for links where ``ORIGIN`` is not set."""
    return str(request.build_absolute_uri("/")).rstrip("/")[:255]
