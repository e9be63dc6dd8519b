"""Signed, expiring URLs of the files of quick messages, for programs (docs/rules.md, Files)."""

from uuid import UUID

from django.urls import reverse

from core.addresses import absolute
from core.files.signed import sign, signed_id

from .models import QuickMessageFile

_SALT = "sectors.files"


def address_for_programs(file: QuickMessageFile) -> str:
    """Return an absolute signed URL that serves the file to anyone for ``FILE_LINK_DAYS`` days from now."""
    return absolute(reverse("sectors:shared_quick_file", args=[sign(file.pk, _SALT), file.name]))


def address_for_people(file: QuickMessageFile) -> str:
    """Return the absolute address that serves the file to people who may use its quick message."""
    message = file.message
    return absolute(reverse("sectors:quick_file", args=[message.project_id, message.pk, file.pk]))


def file_of(token: str) -> UUID | None:
    """Return the file of a signed URL; None if the signature is invalid or has expired."""
    return signed_id(token, _SALT)
