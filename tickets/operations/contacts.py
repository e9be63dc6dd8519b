"""Contacts: what the flow says of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.errors import rules_of_database
from core.validation import max_length
from orgs.models import Project
from tickets import errors
from tickets.contact_keys import contact_keys
from tickets.models import Contact

from .joining import join_by_keys, lock_id, write_keys

#: Maximum size of all custom fields of a contact or ticket, as JSON: twice what one request may say.
MAX_FIELDS = 128 * 1024
_TEXTS = ("name", "urn", "urn_display", "channel", "email", "phone")


@dataclass(frozen=True)
class ContactFacts:
    """A contact as the caller knows it. ``external_id`` is the flow engine's id, ``urn`` has no query."""

    external_id: str
    name: str = ""
    urn: str = ""
    urn_display: str = ""
    channel: str = ""
    email: str = ""
    phone: str = ""
    custom_fields: dict[str, Any] = field(default_factory=dict)
    groups: list[Any] = field(default_factory=list)


def save_contact(
    project: Project, facts: ContactFacts, *, hidden: bool | None = None, sectors: Iterable[UUID] = ()
) -> Contact:
    """Create or update the contact with that external id, join it with the same person's others, and return it with
    the person locked; safe to call concurrently.

    What is missing or empty never overwrites what is known, nor any name one that a person gave; custom fields are
    merged by name. ``hidden``: whether the flow marks the contact as anonymous, None if it says nothing. ``sectors``:
    those that the caller locks afterwards. Raises ContactErased (somebody gave the id that stands for an erased one).
    """
    said = {name: getattr(facts, name)[: max_length(Contact, name)] for name in _TEXTS}
    known = None
    if hidden is None or (said["phone"] and not said["urn"]):
        # What is stored decides: which address the number stands beside, and whether it is shown.
        lock_id(project.pk, facts.external_id)
        known = Contact.objects.filter(project=project, external_id=facts.external_id).first()
    if hidden is None:
        hidden = known is not None and known.is_hidden
    keys = contact_keys(said["urn"] or (known.urn if known else ""), said["phone"], hidden=hidden)
    joined = join_by_keys(project, facts.external_id, keys, sectors=sectors)
    new = Contact(
        project=project,
        external_id=facts.external_id,
        custom_fields=facts.custom_fields,
        groups=facts.groups,
        address_key=keys.address,
        number_key=keys.number,
        is_hidden=hidden,
        modified_at=timezone.now(),
        **said,
    )
    for name, value in joined.values_for(new).items():
        setattr(new, name, value)
    with rules_of_database():
        Contact.objects.bulk_create(
            [new],
            update_conflicts=True,
            unique_fields=["project", "external_id"],
            update_fields=[
                *(name for name in _TEXTS if said[name] and name != "name"),
                *(["groups"] if facts.groups else []),
                "is_hidden",
                "modified_at",
            ],
        )
    contact = Contact.objects.get(project=project, external_id=facts.external_id)
    if contact.is_erased:
        raise errors.ContactErased
    _keep_name(contact, said["name"])
    fields = merged(contact.custom_fields, facts.custom_fields)
    if fields != contact.custom_fields:
        contact.custom_fields = fields
        contact.save(update_fields=["custom_fields"])
    write_keys(contact, hidden=hidden, pending=joined.pending)
    return contact


def _keep_name(contact: Contact, said: str) -> None:
    """Store what the flow calls a contact whose person is locked; a name that a person gave it stays."""
    column = "name" if contact.named_at is None else "flow_name"
    if said and getattr(contact, column) != said:
        setattr(contact, column, said)
        contact.save(update_fields=[column])


def merged(known: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return the custom fields with those that say something replaced; the oldest make room if there are too many."""
    fields = known | {name: value for name, value in said.items() if value not in (None, "", [], {})}
    sizes = {name: len(json.dumps({name: value})) for name, value in fields.items()}
    excess = sum(sizes.values()) - MAX_FIELDS
    for name in list(fields):
        if excess <= 0:
            break
        excess -= sizes[name]
        del fields[name]
    return fields
