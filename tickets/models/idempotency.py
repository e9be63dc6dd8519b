"""Answers kept for requests that are sent again."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import register_constraint
from core.models import UUIDModel
from orgs.models import ApiToken

#: How long an answer is kept.
KEPT_FOR = timedelta(days=1)


class IdempotentAnswer(UUIDModel):
    """The first answer to an ``Idempotency-Key`` of a token; the same key is answered the same (docs/flow.md).

    ``fingerprint``: SHA-256 of what was asked. Errors that may pass are not kept.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="idempotent_answer_once"),
            models.CheckConstraint(condition=Q(status__lt=500), name="idempotent_answer_is_final"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotent_answer_age")]

    def __str__(self) -> str:
        return self.key


register_constraint("idempotent_answer_once", "conflict", _("This request is being answered already."))
register_constraint("idempotent_answer_is_final", "invalid", _("Errors that may pass are not kept."))
