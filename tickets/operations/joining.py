"""Joining contacts that are the same person (docs/rules.md, Contacts).

A person is a contact that is its own ``main``, with those joined to it; the lock on the main's row is the lock on the
person. Who looks for a person by keys locks the keys first, so that two at once don't both find nobody.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from core.errors import Conflict
from orgs.models import Project
from tickets.contact_keys import ContactKeys, contact_keys
from tickets.models import Contact, ContactsApart, JoinReason, Ticket

from .locking import lock_sectors_of

#: Attempts to lock people who are joined with others between the read and the lock.
_TRIES = 5
#: Contacts that wait to be joined, looked at in one run.
_AT_ONCE = 500

_LOCK_KEYS = """
SELECT pg_advisory_xact_lock_shared(%s)
UNION ALL SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key
"""
_LOCK_PEOPLE = """
SELECT main.id, main.main_id, main.created_at, found.own, found.by_address
  FROM tickets_contact main
  JOIN (SELECT main_id, bool_or(external_id = %(external_id)s) AS own,
               bool_or(address_key = %(address)s) AS by_address
          FROM tickets_contact
         WHERE project_id = %(project)s
           AND (external_id = %(external_id)s OR address_key = %(address)s OR number_key = %(number)s)
         GROUP BY main_id) AS found ON found.main_id = main.id
 ORDER BY main.id
   FOR NO KEY UPDATE OF main
"""


@dataclass(frozen=True)
class Person:
    """A person found for a contact. ``own``: the contact is theirs by its id already; ``by_address``: an address of
    theirs is the contact's, not just a phone number."""

    main_id: UUID
    created_at: datetime
    own: bool
    by_address: bool

    @property
    def age(self) -> tuple[datetime, UUID]:
        """The earliest of several people is the first of this."""
        return self.created_at, self.main_id

    @property
    def reason(self) -> JoinReason:
        return JoinReason.ADDRESS if self.by_address else JoinReason.NUMBER


@dataclass(frozen=True)
class Joined:
    """The person that a contact belongs to. ``pending``: there is another who can't be joined yet."""

    person: Person | None
    pending: bool = False

    def values_for(self, contact: Contact) -> dict[str, Any]:
        """Return the values of a contact that is stored for the first time."""
        if self.person is None:
            return {"main_id": contact.pk, "join_pending": self.pending}
        return {
            "main_id": self.person.main_id,
            "joined_at": timezone.now(),
            "joined_for": self.person.reason,
            "join_pending": self.pending,
        }


def join_by_keys(project: Project, external_id: str, keys: ContactKeys, *, sectors: Iterable[UUID] = ()) -> Joined:
    """Lock and join the people who have the contact's id or a key of it; return the one it belongs to.

    People are left apart if both have an open ticket or somebody told them apart. The transaction holds the lock on
    the person from now on; call it before locking sectors. ``sectors``: those that the caller locks afterwards.
    """
    _lock_keys(project.pk, [f"id:{external_id}", *keys.given])
    people = sorted(_lock_people(project.pk, external_id, keys), key=lambda p: (not p.own, not p.by_address, p.age))
    if len(people) < 2:
        return Joined(people[0] if people else None)
    ids = [person.main_id for person in people]
    apart = {
        frozenset(pair)
        for pair in ContactsApart.objects.filter(first_main__in=ids, second_main__in=ids).values_list(
            "first_main", "second_main"
        )
    }
    with_ticket = set(Ticket.objects.open().filter(main_contact__in=ids).values_list("main_contact", flat=True))
    joined, pending = [people[0]], False
    for person in people[1:]:
        if any(frozenset((person.main_id, one.main_id)) in apart for one in joined):
            continue
        if person.main_id in with_ticket and with_ticket & {one.main_id for one in joined}:
            pending = True
            continue
        joined.append(person)
    main = min(joined, key=lambda p: p.age)
    if others := [person for person in joined if person is not main]:
        lock_sectors_of_people([person.main_id for person in others], also=sectors)
    # Why somebody joins is what they have in common with the contact that brought it to light.
    for person in others:
        join_people([person.main_id], main.main_id, (main if person.own else person).reason)
    return Joined(main, pending)


def lock_sectors_of_people(main_ids: Collection[UUID], *, also: Iterable[UUID] = ()) -> None:
    """Lock the sectors in which people have tickets, open or closed: a new main is written to each ticket."""
    lock_sectors_of(Ticket.objects.filter(main_contact__in=main_ids), also=also)


def join_people(others: Collection[UUID], main_id: UUID, reason: JoinReason) -> None:
    """Give the contacts of other people the main of one.

    The caller holds the locks of all of them, and of the sectors of the others' tickets.
    """
    were_main = Q(pk__in=others)
    # In one statement: the main of a main is always itself.
    Contact.objects.filter(main__in=others).update(
        main=main_id,
        joined_at=Case(When(were_main, then=Now()), default="joined_at"),
        joined_for=Case(When(were_main, then=Value(reason)), default="joined_for"),
    )


def write_keys(contact: Contact, *, hidden: bool, pending: bool) -> None:
    """Store what a contact's address and number say, if that has changed, and that it waits to be joined."""
    keys = contact_keys(contact.urn, contact.phone, hidden=hidden)
    pending = pending or contact.join_pending
    if (contact.keys, contact.join_pending) != (keys, pending):
        contact.address_key, contact.number_key, contact.join_pending = keys.address, keys.number, pending
        Contact.objects.filter(pk=contact.pk).update(
            address_key=keys.address, number_key=keys.number, join_pending=pending
        )


@transaction.atomic
def join_pending_contact(contact_id: UUID) -> bool:
    """Join a contact that had to wait for a ticket to be closed; return whether nothing is left to wait for."""
    contact = Contact.objects.select_related("project").get(pk=contact_id)
    pending = join_by_keys(contact.project, contact.external_id, contact.keys).pending
    if not pending:
        Contact.objects.filter(pk=contact_id).update(join_pending=False)
    return not pending


def join_pending_contacts() -> int:
    """Join contacts whose people have no two open tickets any more; return how many were."""
    waiting = Contact.objects.filter(join_pending=True).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    return sum(join_pending_contact(pk) for pk in list(waiting))


def lock_people_by_hand(project_id: UUID, contact_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """Lock the people of contacts while nobody is joined by keys in the project; return the contacts by id.

    Contacts that are none of the project are missing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(project_id, "")])
    found = Contact.objects.filter(project=project_id, pk__in=list(contact_ids))
    mains = list(found.order_by("main").values_list("main", flat=True))
    list(Contact.objects.select_for_update(no_key=True).filter(pk__in=mains).order_by("pk").values_list("pk"))
    return {contact.pk: contact for contact in found.select_related("project__organization")}


def _lock_keys(project_id: UUID, keys: Iterable[str]) -> None:
    """Lock the keys until the transaction ends, and the project against joining by hand."""
    numbers = sorted({_number(project_id, key) for key in keys})
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_KEYS, [_number(project_id, ""), numbers])


def lock_id(project_id: UUID, external_id: str) -> None:
    """Lock a contact's id until the transaction ends. A transaction that locks keys too locks the id first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(project_id, f"id:{external_id}")])


def _number(project_id: UUID, key: str) -> int:
    digest = blake2b(key.encode(), key=project_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _lock_people(project_id: UUID, external_id: str, keys: ContactKeys) -> list[Person]:
    values: dict[str, Any] = {
        "project": project_id,
        "external_id": external_id,
        # Nothing equals null.
        "address": keys.address or None,
        "number": keys.number or None,
    }
    for _try in range(_TRIES):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK_PEOPLE, values)
            rows = cursor.fetchall()
            # After waiting for a lock, a main may have been joined with somebody else.
            if all(pk == main for pk, main, *_rest in rows):
                return [Person(pk, *rest) for pk, _main, *rest in rows]
            # Release the locks: who it was joined with may come before them by id.
            transaction.set_rollback(True)
    raise Conflict
