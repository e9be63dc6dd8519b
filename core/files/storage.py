"""File storage, under random names without an extension that a server might interpret."""

import logging
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

logger = logging.getLogger("core.files")


def new_name(now: datetime) -> str:
    """Return an unguessable name in the month's folder."""
    return f"attachments/{now:%Y/%m}/{secrets.token_hex(16)}"


def copy(name: str, to: str) -> None:
    """Store a copy of a file under exactly that name. Raises OSError if there is none."""
    with default_storage.open(name) as file:
        put(to, file)


def fetched_name(attachment: UUID) -> str:
    """Return the name under which a file of the channel is stored: it follows from its row, which is there before it.

    So whatever a process that died has left is overwritten by the next attempt, or deleted with the row.
    """
    return f"attachments/fetched/{attachment.hex[-2:]}/{attachment.hex}"


def thumbnail_name(name: str) -> str:
    return f"{name}-t.webp"


def put(name: str, raw: bytes | IO[bytes]) -> None:
    """Store bytes, or what an open file holds, under exactly that name."""
    stored = default_storage.save(name, ContentFile(raw) if isinstance(raw, bytes) else File(raw))
    if stored != name:
        default_storage.delete(stored)
        raise FileExistsError(name)


def remove(names: Iterable[str]) -> None:
    """Delete files; missing ones are fine. Raises OSError if the storage fails; the next sweep tries again."""
    for name in names:
        if name:
            default_storage.delete(name)
