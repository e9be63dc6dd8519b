"""File storage, under random names without an extension that a server might interpret."""

import logging
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

logger = logging.getLogger("tickets.files")


def new_name(now: datetime) -> str:
    """Return an unguessable name in the month's folder."""
    return f"attachments/{now:%Y/%m}/{secrets.token_hex(16)}"


def thumbnail_name(name: str) -> str:
    return f"{name}-t.webp"


def put(name: str, raw: bytes) -> None:
    """Store bytes under exactly that name."""
    stored = default_storage.save(name, ContentFile(raw))
    if stored != name:
        default_storage.delete(stored)
        raise FileExistsError(name)


def remove(names: Iterable[str]) -> None:
    """Delete files; missing ones are fine. Raises OSError if the storage fails; the next sweep tries again."""
    for name in names:
        if name:
            default_storage.delete(name)
