"""Where files are: in the storage, under names that say nothing and that no server would take for a page."""

import logging
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

logger = logging.getLogger("tickets.files")


def new_name(now: datetime) -> str:
    """Return a name that nobody can guess, in the month's folder."""
    return f"attachments/{now:%Y/%m}/{secrets.token_hex(16)}"


def thumbnail_name(name: str) -> str:
    """Return the name of the small picture of a stored file."""
    return f"{name}-t.webp"


def put(name: str, raw: bytes) -> None:
    """Store bytes under exactly that name."""
    stored = default_storage.save(name, ContentFile(raw))
    if stored != name:
        default_storage.delete(stored)
        raise FileExistsError(name)


def remove(names: Iterable[str]) -> None:
    """Delete files; none there is fine, and a storage that does not answer leaves them to the next sweep. Raises
    OSError then."""
    for name in names:
        if name:
            default_storage.delete(name)
