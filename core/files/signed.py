"""Signatures in URLs of stored files, which end after ``FILE_LINK_DAYS`` (docs/rules.md, Files)."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner


def sign(file: UUID, salt: str) -> str:
    """Return the token of a file; ``salt`` keeps those of different tables apart."""
    return TimestampSigner(sep=".", salt=salt).sign(file.hex)


def signed_id(token: str, salt: str) -> UUID | None:
    """Return the file of a token; None if the signature is invalid or has expired."""
    try:
        text = TimestampSigner(sep=".", salt=salt).unsign(token, max_age=timedelta(days=settings.FILE_LINK_DAYS))
        return UUID(hex=text)
    except (BadSignature, ValueError):
        return None
