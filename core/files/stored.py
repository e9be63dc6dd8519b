"""Rows of stored files: what is known of one, and how its bytes and those of its thumbnail get where they belong."""

from typing import Any

from django.db import models

from core.models import UUIDModel

from . import storage


class StoredFile(UUIDModel):
    """A file that a person gave, under a name of its own in the storage (docs/rules.md, Files).

    ``content_type`` is detected from the bytes. ``thumbnail``, ``width`` and ``height`` (pixels, after rotation) are
    set for pictures that can be shown.
    """

    content_type = models.CharField(max_length=127)
    file = models.FileField(max_length=255)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    thumbnail = models.FileField(max_length=255, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def columns(self, stored: str) -> dict[str, Any]:
        """Return the columns of a row for the same file, stored as ``stored``."""
        known = {name: getattr(self, name) for name in ("content_type", "name", "size", "width", "height")}
        return known | {"file": stored, "thumbnail": storage.thumbnail_name(stored) if self.thumbnail else ""}

    def copy(self, to: str) -> None:
        """Store copies of the file and its thumbnail; ``to`` as in ``columns``. Raises OSError if there is none."""
        storage.copy(self.file.name or "", to)
        if self.thumbnail:
            storage.copy(self.thumbnail.name or "", storage.thumbnail_name(to))
