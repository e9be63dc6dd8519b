"""Signed, expiring addresses of photos, for programs (docs/rules.md, Profile)."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from core.addresses import absolute
from orgs.models import User


def _signer() -> TimestampSigner:
    return TimestampSigner(sep=".", salt="orgs.photos")


def photo_address(person: User) -> str | None:
    """Return an absolute URL at which anyone gets the person's current photo for ``FILE_LINK_DAYS`` days from now.

    None without a photo.
    """
    if not person.photo:
        return None
    path = reverse("orgs:shared_photo", args=[_signer().sign(person.pk.hex), person.photo_name])
    return absolute(path)


def person_of_photo(token: str) -> UUID | None:
    """Return the person of a signed URL; None if the signature is invalid or has expired."""
    try:
        return UUID(hex=_signer().unsign(token, max_age=timedelta(days=settings.FILE_LINK_DAYS)))
    except (BadSignature, ValueError):
        return None
