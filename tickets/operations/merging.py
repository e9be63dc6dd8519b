"""Merging contacts by hand, and telling them apart again (docs/rules.md, Contacts)."""

from django.db import transaction
from django.db.models import Case, Value, When

from core.errors import NotAllowed, rules_of_database
from orgs import audit
from orgs.access import Actor
from tickets import errors, live_events
from tickets.models import Contact, ContactsApart, JoinReason, Ticket

from .joining import join_people, lock_people_by_hand, lock_sectors_of_people


@transaction.atomic
def merge_contacts(contact: Contact, other: Contact, *, by: Actor) -> Contact:
    """Join two contacts, each with all that are joined with it, as the same person; returns the earliest.

    What was told apart before is forgotten. Raises NotAllowed, UnknownContact, ContactErased, AlreadyJoined,
    BothHaveOpenTickets.
    """
    _allow(by)
    found = lock_people_by_hand(contact.project_id, [contact.pk, other.pk])
    one, two = found.get(contact.pk), found.get(other.pk)
    if one is None or two is None:
        raise errors.UnknownContact
    if one.is_erased or two.is_erased:
        raise errors.ContactErased
    if one.main_id == two.main_id:
        raise errors.AlreadyJoined
    mains = [one.main_id, two.main_id]
    people = {person.pk: person for person in Contact.objects.filter(pk__in=mains)}
    first, second = sorted(people.values(), key=lambda person: (person.created_at, person.pk))
    ContactsApart.objects.filter(first_main__in=mains, second_main__in=mains).delete()
    if Ticket.objects.open().filter(main_contact__in=mains).count() > 1:
        raise errors.BothHaveOpenTickets
    lock_sectors_of_people([second.pk])
    with rules_of_database():
        join_people([second.pk], first.pk, JoinReason.HAND)
    audit.record(by, "contact.merged", second, project=one.project, after={"contact": str(first)})
    _refresh_desks(first)
    return first


@transaction.atomic
def tell_contact_apart(contact: Contact, *, by: Actor) -> Contact:
    """Take a contact from those that it is joined with: another person, whom no key joins with them again.

    Returns the earliest of the others. Raises NotAllowed, NobodyElse.
    """
    _allow(by)
    apart = lock_people_by_hand(contact.project_id, [contact.pk])[contact.pk]
    others = list(Contact.objects.filter(main=apart.main_id).exclude(pk=apart.pk).order_by("created_at", "pk"))
    if not others:
        raise errors.NobodyElse
    main = next((other for other in others if other.pk == apart.main_id), others[0])
    lock_sectors_of_people([apart.main_id])
    _give_mains(apart, main)
    pairs = [sorted([(apart.pk, apart.pk), (other.pk, main.pk)]) for other in others]
    ContactsApart.objects.bulk_create(
        ContactsApart(first_id=first, first_main_id=first_main, second_id=second, second_main_id=second_main)
        for (first, first_main), (second, second_main) in pairs
    )
    audit.record(by, "contact.told_apart", apart, project=apart.project, before={"contact": str(main)})
    _refresh_desks(apart, main)
    return main


def _give_mains(apart: Contact, main: Contact) -> None:
    """Make both their own main; where ``apart`` was the main, the others get the new one."""
    rows = Contact.objects.filter(main=apart.main_id)
    rows, alone = (rows.filter(pk=apart.pk), apart) if apart.is_joined else (rows.exclude(pk=apart.pk), main)
    rows.update(
        main=alone,
        joined_at=Case(When(pk=alone.pk, then=Value(None)), default="joined_at"),
        joined_for=Case(When(pk=alone.pk, then=Value("")), default="joined_for"),
    )


def _allow(by: Actor) -> None:
    if by.member is not None and not by.member.may_merge_contacts():
        raise NotAllowed


def _refresh_desks(*people: Contact) -> None:
    """Let open pages show the other tickets of these people anew."""
    live_events.lines(Ticket.objects.open().filter(main_contact__in=people), "fields")
