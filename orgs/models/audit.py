"""The audit log: append-only, by trigger (docs/rules.md, Audit log)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from orgs.ids import uuid7

from .organizations import Organization, Project


class AuditEntry(models.Model):
    """One administrative change: who, when, from where, what, before and after."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", null=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(default=timezone.now)
    # DO_NOTHING: the log outlives the account and may not be updated, so the name is kept beside it.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    actor_name = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.UUIDField(null=True)
    target_name = models.CharField(max_length=254, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-at", "-id"], name="audit_of_organization"),
            models.Index(fields=["project", "-at", "-id"], name="audit_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_name}"
