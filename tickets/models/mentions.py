"""Who was mentioned in the notes of a ticket."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models import UUIDModel


class Mention(UUIDModel):
    """A colleague mentioned in an internal note, which may give them sight of its ticket (docs/rules.md, Visibility).

    ``seen_at`` is null until they see the note.
    """

    message = models.ForeignKey("tickets.Message", models.CASCADE, related_name="mentions")
    # Indexed by ``mention_sight``.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="mentions")
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "user"], name="mention_once")]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at"], condition=Q(seen_at__isnull=True), name="mention_unseen"),
            # Which tickets somebody sees by a mention.
            models.Index(fields=["user", "ticket"], name="mention_sight"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"
