"""Write audit entries, in the transaction of the change they record."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from core.validation import max_length
from orgs.access import Actor
from orgs.models import AuditEntry, Organization, Project

#: Fields that must never appear in an entry.
SECRET_FIELDS = frozenset({"password", "secret", "token_hash", "recovery_codes", "private_key", "callback_secret"})


def record(
    actor: Actor,
    action: str,
    target: models.Model,
    *,
    organization: Organization | None = None,
    project: Project | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write an audit entry (docs/rules.md, Audit log). Call it inside the operation's transaction.

    ``action`` is ``<noun>.<past participle>`` and has a sentence (``orgs.audit.descriptions``). ``before`` and
    ``after`` hold plain values, never secrets. The organization defaults to the project's. Raises ValueError for a
    secret field.
    """
    return AuditEntry.objects.create(
        **_values(actor, action, target, before, after, project=project, organization=organization)
    )


def record_all(
    actor: Actor, action: str, made: Iterable[tuple[models.Model, dict[str, Any]]], *, project: Project
) -> None:
    """Like ``record``, for many created objects, each with its values; in a few statements."""
    entries = [AuditEntry(**_values(actor, action, one, None, after, project=project)) for one, after in made]
    AuditEntry.objects.bulk_create(entries, batch_size=500)


def _values(
    actor: Actor,
    action: str,
    target: models.Model,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    project: Project | None,
    organization: Organization | None = None,
) -> dict[str, Any]:
    if shown := SECRET_FIELDS & {*(before or ()), *(after or ())}:
        raise ValueError(f"secrets don't belong in the audit log: {sorted(shown)}")
    return {
        "organization": project.organization if project else organization,
        "project": project,
        "actor": actor.user,
        "actor_name": actor.name[: max_length(AuditEntry, "actor_name")],
        "token_id": actor.token.pk if actor.token else None,
        "action": action,
        "target_type": str(target._meta.model_name),
        "target_id": target.pk,
        "target_name": str(target)[: max_length(AuditEntry, "target_name")],
        "before": before,
        "after": after,
        "address": actor.address,
        "request_id": actor.request_id,
    }


def changes(instance: models.Model, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the values on the instance; return (before, after) of those that changed, as plain values."""
    before, after = {}, {}
    for name, value in values.items():
        old = getattr(instance, name)
        if old != value:
            before[name], after[name] = _plain(old), _plain(value)
            setattr(instance, name, value)
    return before, after


def differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (before, after) of the values that differ; both have the same names."""
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)
