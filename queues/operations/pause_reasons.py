"""Operations on a project's pause reasons."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, check_version, rules_of_database
from core.validation import clean_name
from orgs import audit
from orgs.access import Actor
from orgs.models import Project
from queues.models import DAILY_MINUTES, REASON_LENGTH, AgentStatus, PauseReason, Status
from sectors.validation import allow_creating

#: Maximum number per project: they are chosen from a menu.
MAX_REASONS = 30


def clean_minutes(given: object) -> int | None:
    """Return a reason's daily allowance in minutes, None for no limit. Raises Invalid."""
    return None if given is None else DAILY_MINUTES.clean(given, field="daily_minutes")


@transaction.atomic
def add_pause_reason(project: Project, name: str, *, by: Actor, daily_minutes: int | None = None) -> PauseReason:
    """Add a pause reason at the end of the list (docs/rules.md, Agent status).

    Raises NotAllowed, Invalid, DomainError pause_reason_taken.
    """
    allow_creating(by, project)
    _refuse_too_many(project)
    with rules_of_database():
        row = PauseReason.objects.create(
            project=project,
            name=clean_name(name, limit=REASON_LENGTH),
            daily_minutes=clean_minutes(daily_minutes),
            position=PauseReason.objects.filter(project=project).count(),
        )
    audit.record(by, "pause_reason.added", row, project=project, after=_facts(row))
    return row


@transaction.atomic
def change_pause_reason(
    reason: PauseReason, *, by: Actor, name: str, daily_minutes: int | None, expected_version: datetime | None = None
) -> PauseReason:
    """Change a reason's name or daily minutes. The status log keeps the old name, today's minutes stay the reason's,
    and agents paused for it now are so under the new name.

    ``expected_version`` is the ``modified_at`` that the edit is based on. Raises NotAllowed, Invalid, Conflict,
    DomainError pause_reason_taken.
    """
    row = _locked(reason, by)
    check_version(expected_version, row.modified_at)
    before, after = audit.changes(
        row, {"name": clean_name(name, limit=REASON_LENGTH), "daily_minutes": clean_minutes(daily_minutes)}
    )
    if after:
        with rules_of_database():
            row.save(update_fields=["name", "daily_minutes", "modified_at"])
        if "name" in after:
            present = AgentStatus.objects.filter(project=row.project)
            present.filter(status=Status.PAUSED, reason=before["name"]).update(reason=row.name)
            present.filter(then_pause=True, then_reason=before["name"]).update(then_reason=row.name)
        audit.record(by, "pause_reason.changed", row, project=row.project, before=before, after=after)
    return row


@transaction.atomic
def archive_pause_reason(reason: PauseReason, *, by: Actor) -> PauseReason:
    """Archive a pause reason; the log and agents paused for it keep it. Idempotent.

    Raises NotAllowed.
    """
    row = _locked(reason, by)
    if row.archived_at is None:
        row.archived_at = timezone.now()
        row.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "pause_reason.archived", row, project=row.project)
    return row


@transaction.atomic
def restore_pause_reason(reason: PauseReason, *, by: Actor) -> PauseReason:
    """Restore an archived reason. Idempotent. Raises NotAllowed, Invalid."""
    row = _locked(reason, by)
    if row.archived_at is not None:
        _refuse_too_many(row.project)
        row.archived_at = None
        row.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "pause_reason.restored", row, project=row.project)
    return row


def _refuse_too_many(project: Project) -> None:
    if PauseReason.objects.filter(project=project, archived_at=None).count() >= MAX_REASONS:
        raise Invalid(
            _("There can be at most %(limit)d reasons. Archive one first.") % {"limit": MAX_REASONS},
            code="too_many_reasons",
        )


def _locked(reason: PauseReason, by: Actor) -> PauseReason:
    row = (
        PauseReason.objects.select_for_update(of=("self",)).select_related("project__organization").get(pk=reason.pk)
    )
    allow_creating(by, row.project)
    return row


def _facts(row: PauseReason) -> dict[str, Any]:
    return {"name": row.name, "daily_minutes": row.daily_minutes}
