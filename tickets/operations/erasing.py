"""Erasing what is personal of a contact (docs/rules.md, Erasing a contact)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import models, transaction
from django.db.models import Case, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from core.errors import NotAllowed
from orgs import audit
from orgs.access import Actor
from tickets import errors, hooks
from tickets.models import (
    ERASED_ID,
    PERSONAL_TEXTS,
    Attachment,
    Contact,
    ContactsApart,
    Delivery,
    DeliveryState,
    FlowType,
    IdempotentAnswer,
    Message,
    ReplacedTicketUuid,
    Ticket,
    Upload,
)

from .joining import lock_id, lock_people_by_hand


@dataclass(frozen=True)
class Erasable:
    """How much is erased with a contact."""

    tickets: int
    messages: int
    files: int


def count_erasable(contact: Contact) -> Erasable:
    """Return how much is erased with a contact, and with all that are the same person."""
    tickets = Ticket.objects.filter(main_contact=contact.main_id)
    return Erasable(
        tickets=tickets.count(),
        messages=Message.objects.filter(ticket__in=tickets).count(),
        files=Attachment.objects.filter(message__ticket__in=tickets).count(),
    )


@transaction.atomic
def erase_contact(contact: Contact, *, by: Actor, now: datetime | None = None) -> None:
    """Erase what is personal of a contact and of all that are the same person, with what was said and sent.

    Tickets, times, tags and figures stay. What was erased before is left as it is. ``now`` is aware. Raises
    NotAllowed, UnknownContact, HasOpenTicket, FlowNotTold, and Conflict if a conversation with them is being started.
    """
    if by.member is not None and (by.member.project.pk != contact.project_id or not by.member.may_merge_contacts()):
        raise NotAllowed
    now = now or timezone.now()
    people = _lock_person(contact)
    if all(one.is_erased for one in people):
        return
    tickets = Ticket.objects.filter(main_contact=people[0].main_id)
    # Keys of the rows change, so the lock is the full one from the start: taking it later could deadlock.
    ids = list(tickets.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    if tickets.open().exists():
        raise errors.HasOpenTicket
    deliveries = Delivery.objects.filter(ticket__in=ids)
    if deliveries.filter(state=DeliveryState.SENDING).exists():
        raise errors.FlowNotTold
    hooks.contacts_erased(people)
    _forget_answers(people, tickets)
    deliveries.delete()
    _erase_messages(ids)
    _erase_tickets(tickets, now)
    _erase_contacts(people, now)
    main = Contact.objects.select_related("project__organization").get(pk=people[0].main_id)
    audit.record(by, "contact.erased", main, project=main.project)


def _lock_person(contact: Contact) -> list[Contact]:
    """Lock the person, so that no ticket is opened for them meanwhile, and return their contacts."""
    # Whoever opens a ticket with less than a contact's address reads what is stored under this lock.
    same = Contact.objects.filter(main=contact.main_id).values_list("external_id", flat=True)
    for external_id in sorted({contact.external_id, *same}):
        lock_id(contact.project_id, external_id)
    found = lock_people_by_hand(contact.project_id, [contact.pk]).get(contact.pk)
    if found is None:
        raise errors.UnknownContact
    return list(Contact.objects.filter(main=found.main_id).order_by("pk"))


def _forget_answers(people: Sequence[Contact], tickets: QuerySet[Ticket]) -> None:
    """Delete the answers kept for requests about these tickets, which name the contact or a ticket."""
    replaced = ReplacedTicketUuid.objects.filter(ticket__in=tickets)
    ids = {
        *(str(pk) for pk in tickets.filter(flow_type=FlowType.GENERIC).values_list("external_id", flat=True)),
        *(str(pk) for pk in replaced.exclude(external_id=None).values_list("external_id", flat=True)),
    }
    if not ids:
        return
    about = Q(answer__external_id__in=ids) | Q(answer__details__external_id__in=ids)
    IdempotentAnswer.objects.filter(about, token__project=people[0].project_id).delete()


def _erase_messages(tickets: Collection[UUID]) -> None:
    # One by one: each row's deletion has its stored files deleted.
    Attachment.objects.filter(message__ticket__in=tickets).delete()
    uploads = Upload.objects.filter(ticket__in=tickets)
    names: list[JSONValue] = [name for row in uploads.values_list("file", "thumbnail") for name in row if name]
    if names:
        uploads.delete()
        app.configure_task("tickets.delete_files", allow_unknown=False).defer(names=names)
    unlike_any = Func(Cast("pk", models.TextField()), function="md5", output_field=models.CharField())
    Message.objects.filter(ticket__in=tickets, is_erased=False).update(
        text="",
        external_id="",
        metadata={},
        is_erased=True,
        # It is made of the words, so it would prove a guess.
        history_key=Case(When(~Q(history_key=""), then=unlike_any), default=Value("")),
        # There is nothing left to send again.
        delivery=Case(When(delivery=DeliveryState.FAILED, then=Value(DeliveryState.NONE)), default=F("delivery")),
    )


def _erase_tickets(tickets: QuerySet[Ticket], now: datetime) -> None:
    ReplacedTicketUuid.objects.filter(ticket__in=tickets).delete()
    tickets.update(
        ticket_uuid=None,
        callback_url="",
        external_id=Case(When(flow_type=FlowType.GENERIC, then=RandomUUID()), default=Value(None)),
        custom_fields={},
        last_message_text="",
        modified_at=now,
    )


def _erase_contacts(people: Collection[Contact], now: datetime) -> None:
    ContactsApart.objects.filter(Q(first__in=people) | Q(second__in=people)).delete()
    Contact.objects.filter(pk__in=[one.pk for one in people]).update(
        **dict.fromkeys(PERSONAL_TEXTS, ""),
        external_id=Concat(Value(ERASED_ID), Cast("pk", models.TextField())),
        custom_fields={},
        groups=[],
        join_pending=False,
        named_at=None,
        erased_at=Case(When(erased_at=None, then=Value(now)), default=F("erased_at")),
        modified_at=now,
    )
