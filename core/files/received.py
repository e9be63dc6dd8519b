"""A file as it was received from a person, looked at before it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from core.errors import Invalid

from . import limits, storage
from .content_types import PICTURES, UNKNOWN, sniff
from .filenames import clean_name
from .thumbnails import Picture, picture_of

_READ_AT_ONCE = 256 * 1024


@dataclass(frozen=True)
class ReceivedFile:
    """A file's bytes with what they are, and its name as it is stored. ``picture``: of one that can be shown."""

    raw: bytes
    name: str
    content_type: str
    picture: Picture | None

    def columns(self, stored: str) -> dict[str, Any]:
        """Return the columns of a ``StoredFile`` for it, stored as ``stored``."""
        return {
            "content_type": self.content_type,
            "name": self.name,
            "size": len(self.raw),
            "width": self.picture.width if self.picture else None,
            "height": self.picture.height if self.picture else None,
            "file": stored,
            "thumbnail": storage.thumbnail_name(stored) if self.picture else "",
        }

    def put(self, stored: str) -> None:
        """Store the bytes, and the thumbnail of a picture."""
        storage.put(stored, self.raw)
        if self.picture:
            storage.put(storage.thumbnail_name(stored), self.picture.thumbnail)


def receive(file: IO[bytes], name: str, *, most: int) -> ReceivedFile:
    """Return a file of at most ``most`` bytes; its content type is detected from them.

    Slow for pictures: don't call it in a transaction that others wait for. Raises Invalid: ``file_empty``,
    ``file_too_large``, ``picture_too_large``.
    """
    raw = b"".join(_parts(file, most))
    if not raw:
        raise Invalid(_("The file is empty. Choose another one."), code="file_empty", field="files")
    content_type = sniff(raw, name)
    picture = picture_of(raw, content_type) if content_type in PICTURES else None
    if content_type in PICTURES and picture is None:
        # It starts like a picture but can't be decoded.
        content_type = UNKNOWN
    limits.check_size(len(raw), content_type, most)
    return ReceivedFile(raw, clean_name(name, content_type), content_type, picture)


def _parts(file: IO[bytes], most: int) -> Iterable[bytes]:
    size = 0
    while part := file.read(_READ_AT_ONCE):
        size += len(part)
        if size > most:
            raise limits.file_too_large(most)
        yield part
