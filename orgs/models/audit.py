"""The audit log: append-only, enforced by trigger (orgs.triggers; docs/rules.md, Audit log)."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.constraints import CompositeForeignKey
from core.models import UUIDModel
from core.text import Fold

from .organizations import Organization, Project


class AuditEntry(UUIDModel):
    """One administrative change: who, when, from which IP address, what, before and after."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", null=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(default=timezone.now)
    # DO_NOTHING: entries outlive the account and can't be updated, so the name is stored too.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    actor_name = models.CharField(max_length=254)
    # For a program: its token, which may be deleted later, like an account.
    token_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.UUIDField(null=True)
    target_name = models.CharField(max_length=254, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(actor_name=""), name="audit_names_actor"),
            models.CheckConstraint(
                condition=Q(action__regex=r"^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$"), name="audit_action_well_formed"
            ),
            models.CheckConstraint(
                condition=Q(project__isnull=True) | Q(organization__isnull=False),
                name="audit_project_has_organization",
            ),
            CompositeForeignKey(
                fields=["organization", "project"],
                to="orgs.Project",
                to_fields=["organization", "id"],
                name="audit_project_of_organization",
            ),
        ]
        # Every filter of the page applies to one of these two lists, newest first.
        indexes: ClassVar = [
            models.Index(fields=["organization", "-at", "-id"], name="audit_of_organization"),
            BrinIndex(fields=["at"], name="audit_day", autosummarize=True),
            models.Index(fields=["project", "-at", "-id"], name="audit_of_project"),
            models.Index(fields=["organization", "action", "-at", "-id"], name="audit_by_action"),
            models.Index(fields=["project", "action", "-at", "-id"], name="audit_by_action_in_project"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_by_person"),
            models.Index(fields=["target_id", "-at", "-id"], name="audit_by_target"),
            GinIndex(OpClass(Fold("actor_name"), name="gin_trgm_ops"), name="audit_actor_words"),
            GinIndex(OpClass(Fold("target_name"), name="gin_trgm_ops"), name="audit_target_words"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_name}"
