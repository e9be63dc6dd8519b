"""URLs of stored files: for signed-in people, and signed, expiring ones for programs (docs/rules.md, Files)."""

from uuid import UUID

from django.urls import reverse

from core.addresses import absolute
from core.files.signed import sign, signed_id
from tickets.models import Attachment

_SALT = "tickets.files"


def address_for_programs(attachment: Attachment) -> str:
    """Return an absolute signed URL that serves the file to anyone for ``FILE_LINK_DAYS`` days from now.

    Its last part is the file name, as programs expect.
    """
    path = reverse("tickets:shared_file", args=[sign(attachment.pk, _SALT), attachment.name])
    return absolute(path)


def address_of(attachment: Attachment) -> str:
    """Return where a program finds the file: at the channel, or here; empty if it is nowhere."""
    return attachment.url or (address_for_programs(attachment) if attachment.file else "")


def attachment_of(token: str) -> UUID | None:
    """Return the attachment of a signed URL; None if the signature is invalid or has expired."""
    return signed_id(token, _SALT)
