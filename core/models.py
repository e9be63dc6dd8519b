"""Abstract bases of the apps' models."""

from typing import ClassVar

from django.db import models

from .ids import uuid7
from .text import Fold


class UUIDModel(models.Model):
    """A row with a time-ordered id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class ListedModel(UUIDModel):
    """A named row of a list that people order by hand (``core.ordering``); it is archived rather than deleted."""

    name: models.CharField
    position = models.PositiveIntegerField(default=0)
    modified_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["position", Fold("name"), "name"]

    def __str__(self) -> str:
        return str(self.name)
