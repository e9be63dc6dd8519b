"""Erasing what is personal of the starts for a contact (docs/rules.md, Erasing a contact)."""

from collections.abc import Collection

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat

from active_messages.models import IN_PROGRESS, Start
from core.errors import Conflict, constraint_sentence
from tickets.models import ERASED_ID, Contact


def erase_starts(contacts: Collection[Contact]) -> None:
    """Erase name, address and the engine's id from the starts for a person, and the engine's words about them.

    The starts stay, with who started them, when, and what came of it. Raises Conflict (``already_starting``) if one
    is in progress.
    """
    people = list(contacts)
    addresses = {key for contact in people for key in contact.keys.given}
    keys = addresses | {f"contact:{pk}" for contact in people for pk in (contact.pk, contact.main_id)}
    theirs = (
        Q(contact__in=people)
        | Q(ticket__contact__in=people)
        | Q(engine_contact__in=[contact.external_id for contact in people])
        | Q(urn__in=[contact.urn for contact in people if contact.urn])
        | Q(person_key__in=keys)
    )
    found = Start.objects.filter(theirs, project=people[0].project_id).order_by("pk")
    starts = dict(found.select_for_update(of=("self",), no_key=True).values_list("pk", "state"))
    if any(state in IN_PROGRESS for state in starts.values()):
        raise Conflict(constraint_sentence("start_once_per_person"), code="already_starting")
    nobody = Concat(Value(ERASED_ID), Cast("pk", models.TextField()))
    Start.objects.filter(pk__in=starts).update(engine_contact=nobody, person_key=nobody, urn="", name="", words="")
