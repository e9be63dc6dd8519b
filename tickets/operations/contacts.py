"""Contacts: what the flow says of them."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from core.validation import max_length
from orgs.models import Project
from tickets.models import Contact


@dataclass(frozen=True)
class ContactFacts:
    """A contact as the caller knows it. ``external_id`` is the flow engine's id."""

    external_id: str
    name: str = ""
    urn: str = ""
    email: str = ""
    phone: str = ""
    custom_fields: dict[str, Any] = field(default_factory=dict)
    groups: list[Any] = field(default_factory=list)


def save_contact(project: Project, facts: ContactFacts) -> Contact:
    """Create or update the contact with that external id and return it, locked; safe to call concurrently."""
    values = {
        **{name: getattr(facts, name)[: max_length(Contact, name)] for name in ("name", "urn", "email", "phone")},
        "custom_fields": facts.custom_fields,
        "groups": facts.groups,
        "modified_at": timezone.now(),
    }
    Contact.objects.bulk_create(
        [Contact(project=project, external_id=facts.external_id, **values)],
        update_conflicts=True,
        unique_fields=["project", "external_id"],
        update_fields=list(values),
    )
    return Contact.objects.get(project=project, external_id=facts.external_id)
