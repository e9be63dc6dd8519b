"""Contacts: what the flow says of them."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from core.validation import max_length
from orgs.models import Project
from tickets.contact_keys import contact_keys
from tickets.models import Contact

from .joining import join_by_keys, write_keys


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


def save_contact(project: Project, facts: ContactFacts, *, hidden: bool = False) -> Contact:
    """Create or update the contact with that external id, join it with the same person's others, and return it with
    the person locked; safe to call concurrently.

    ``hidden``: the flow marks the contact as anonymous.
    """
    values = {
        **{name: getattr(facts, name)[: max_length(Contact, name)] for name in ("name", "urn", "email", "phone")},
        "custom_fields": facts.custom_fields,
        "groups": facts.groups,
        "modified_at": timezone.now(),
    }
    keys = contact_keys(values["urn"], values["phone"], hidden=hidden)
    joined = join_by_keys(project, facts.external_id, keys)
    contact = Contact(project=project, external_id=facts.external_id, **values)
    contact.address_key, contact.number_key = keys.address, keys.number
    for name, value in joined.values_for(contact).items():
        setattr(contact, name, value)
    Contact.objects.bulk_create(
        [contact],
        update_conflicts=True,
        unique_fields=["project", "external_id"],
        update_fields=list(values),
    )
    contact = Contact.objects.get(project=project, external_id=facts.external_id)
    write_keys(contact, hidden=hidden, pending=joined.pending)
    return contact
