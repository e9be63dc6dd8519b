"""Deliveries of a ticket, strictly in order (docs/flow.md, Callbacks; docs/rules.md, Delivery).

Those to an address of their own are in an order of their own: they neither wait for the others nor hold them up.
``claim_next`` hands out the earliest pending delivery, ``settle`` stores the outcome. Both lock the ticket's row
briefly, and neither holds a lock while sending. In between the delivery is leased: its ``next_attempt_at`` is further
ahead than an attempt can take, so no other process claims it; if the process dies, the delivery is due again when the
lease expires. So order is kept and nothing is lost, whichever process dies, and no lock outlives its holder.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from core.validation import max_length
from tickets import live_events
from tickets.models import Delivery, DeliveryState, Failure, Held, Message, Ticket

from . import generic, hosts, outbox, payloads, retries, signing
from .transport import Outcome

#: A lease is that much longer than its attempt may take: time to begin it, and to store its outcome.
LEASE_MARGIN = timedelta(seconds=30)
#: Seconds between two tries to store an outcome.
_STORE_PAUSE = 0.2
#: A message of several parts has the first of these that one of them has.
_WORST_FIRST = (DeliveryState.FAILED, DeliveryState.SENDING, DeliveryState.SENT)


@dataclass(frozen=True)
class Attempt:
    """A leased delivery: what to send where, and the number of this attempt."""

    delivery: UUID
    ticket: UUID
    attempt: int
    host: str
    url: str
    body: bytes
    headers: dict[str, str]
    patience: float


def _locked(ticket_id: UUID) -> Ticket | None:
    # In two queries, as ``lock_row``: a ticket that is transferred meanwhile would seem not to exist.
    Ticket.objects.select_for_update(no_key=True).values_list("pk").filter(pk=ticket_id).first()
    return Ticket.objects.for_lists().filter(pk=ticket_id).first()


def _pending(ticket_id: UUID, url: str) -> Any:
    rows = Delivery.objects.filter(ticket=ticket_id, url=url, state=DeliveryState.SENDING)
    return rows.order_by("number", "part")


def claim_next(ticket_id: UUID, *, now: datetime | None = None) -> Attempt | None:
    """Lease the ticket's earliest pending delivery; None if there is none, or it is not due or held.

    ``now`` is aware.
    """
    now = now or timezone.now()
    addresses = Delivery.objects.filter(ticket=ticket_id, state=DeliveryState.SENDING).values_list("url", flat=True)
    # That of the ticket, which is empty, comes first. Each in a transaction of its own, as letting deliveries to one
    # address wait locks them, and the rows of the next one's host come before deliveries (``hosts``).
    for url in list(addresses.distinct().order_by("url")):
        if (attempt := _claim_next_to(ticket_id, url, now)) is not None:
            return attempt
    return None


@transaction.atomic
def _claim_next_to(ticket_id: UUID, url: str, now: datetime) -> Attempt | None:
    ticket = _locked(ticket_id)
    if ticket is None:
        return None
    hold: hosts.Hold | None = None
    while (delivery := _pending(ticket.pk, url).first()) is not None:
        if delivery.next_attempt_at > now and delivery.held != Held.CIRCUIT:
            _let_wait(delivery, delivery.next_attempt_at)
            return None
        delivery.host = hosts.host_of(url or ticket.callback_url)
        lease = timedelta(seconds=retries.patience_for(delivery)) + LEASE_MARGIN
        # Asked once, before any delivery is changed.
        hold = hold or hosts.hold_for(ticket.project_id, delivery.host, now, lease)
        if hold is None:
            return _attempt(ticket, delivery, now, lease)
        if hold.why == Held.PAUSE or now < delivery.give_up_at:
            _hold(ticket, delivery, hold)
            return None
        # Its day ended while the host's circuit was open: it counts as not reachable.
        delivery.state, delivery.held, delivery.failure = DeliveryState.FAILED, "", Failure.UNREACHABLE
        delivery.save()
        if delivery.message_id:
            show_state(ticket, delivery.message_id)
    return None


def _let_wait(first: Delivery, until: datetime) -> None:
    """Let those behind a delivery wait as long, so that ``due`` need not find them earlier."""
    _pending(first.ticket_id, first.url).filter(next_attempt_at__lt=until).update(next_attempt_at=until)


def _hold(ticket: Ticket, delivery: Delivery, hold: hosts.Hold) -> None:
    was_held, delivery.held, delivery.next_attempt_at = delivery.held, hold.why, hold.until
    delivery.save(update_fields=["host", "held", "next_attempt_at"])
    _let_wait(delivery, hold.until)
    if was_held != hold.why:
        live_events.line(ticket, "delivery")


def _attempt(ticket: Ticket, delivery: Delivery, now: datetime, lease: timedelta) -> Attempt:
    delivery.attempts += 1
    delivery.held, delivery.next_attempt_at = "", now + lease
    delivery.save(update_fields=["attempts", "host", "held", "next_attempt_at"])
    body = json.dumps(payloads.body_of(delivery, ticket), ensure_ascii=False).encode()
    url, own_headers = delivery.url or ticket.callback_url, {}
    if generic.listens(delivery, ticket):
        url = generic.url_of(delivery, url)
        own_headers = generic.headers_for(_secret_for(delivery, now), body, now)
    return Attempt(
        delivery=delivery.pk,
        ticket=ticket.pk,
        attempt=delivery.attempts,
        host=delivery.host,
        url=url,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "WeniChats/1",
            "X-Weni-Delivery": str(delivery.pk),
            **signing.headers_for(ticket.project_id, delivery.pk, body, now),
            **own_headers,
        },
        patience=retries.patience_for(delivery),
    )


def _secret_for(delivery: Delivery, now: datetime) -> str:
    """Return the secret to sign with where there is room for one signature.

    For a day after a rotation there are two, and the engine has either: each attempt takes the other one.
    """
    secrets = signing.secrets_of(delivery.project_id, now)
    return secrets[-1 if delivery.attempts % 2 else 0].text


def settle(parcel: Attempt, outcome: Outcome, *, now: datetime | None = None) -> bool:
    """Store the outcome of an attempt; return whether the ticket's next delivery to that address may be sent.

    Delivered: the message is *sent*, if that was its last part. Otherwise ``retries`` decides whether it is tried
    again; if not, it is *failed* and the next one gets its turn. ``now`` is aware.

    A database that is restarting is waited for until the lease ends, as long as any other would let this one settle:
    without its outcome, what has arrived would be sent again.
    """
    now = now or timezone.now()
    end = time.monotonic() + LEASE_MARGIN.total_seconds()
    while True:
        try:
            return _settle(parcel, outcome, now)
        except (OperationalError, InterfaceError):
            # Also a deadlock, which is over now.
            if time.monotonic() > end:
                raise
        connection.close_if_unusable_or_obsolete()
        time.sleep(_STORE_PAUSE)


@transaction.atomic
def _settle(parcel: Attempt, outcome: Outcome, now: datetime) -> bool:
    ticket = _locked(parcel.ticket)
    if parcel.host:
        hosts.note(parcel.host, parcel.delivery, outcome, now)
    delivery = Delivery.objects.filter(pk=parcel.delivery, state=DeliveryState.SENDING).first()
    if ticket is None or delivery is None:
        return True
    if not outcome.delivered and delivery.attempts != parcel.attempt:
        # The lease expired and another process is retrying; its outcome counts.
        return False
    # Before it has the status of this attempt.
    other_secret = delivery.status != retries.UNAUTHORIZED and _has_two_secrets(delivery, ticket, now)
    delivery.last_error = outcome.error[: max_length(Delivery, "last_error")]
    delivery.failure, delivery.status, delivery.answer = outcome.failure, outcome.status, outcome.answer
    again = None if outcome.delivered else retries.next_attempt(delivery, now, other_secret=other_secret)
    earliest = outbox.earliest(ticket, now, delivery.url)
    if again is not None:
        delivery.next_attempt_at = max(again, earliest)
    elif outcome.delivered or retries.counts_as_done(delivery):
        delivery.state, delivery.delivered_at = DeliveryState.SENT, now
    else:
        delivery.state = DeliveryState.FAILED
    delivery.save()
    if delivery.state == DeliveryState.SENDING:
        live_events.line(ticket, "delivery")
        return False
    _pending(ticket.pk, delivery.url).update(next_attempt_at=earliest)
    if delivery.message_id:
        show_state(ticket, delivery.message_id)
    return True


def _has_two_secrets(delivery: Delivery, ticket: Ticket, now: datetime) -> bool:
    return generic.listens(delivery, ticket) and len(signing.secrets_of(ticket.project_id, now)) > 1


def show_state(ticket: Ticket, message_id: UUID) -> None:
    """Give a message the worst state of its parts, and tell the pages that show it."""
    states = set(Delivery.objects.filter(message=message_id).values_list("state", flat=True))
    worst = next(state for state in _WORST_FIRST if state in states)
    if Message.objects.filter(pk=message_id).exclude(delivery=worst).update(delivery=worst):
        live_events.line(ticket, "delivery")


def due(now: datetime | None = None, most: int = 500) -> list[UUID]:
    """Return tickets with a delivery that is due, at most ``most``: retries, and those whose job was lost.

    Before them, one for each failing host that a probe is due for.
    """
    now = now or timezone.now()
    rows = Delivery.objects.filter(state=DeliveryState.SENDING, next_attempt_at__lte=now).order_by("next_attempt_at")
    return list(dict.fromkeys([*hosts.tickets_to_probe(now), *rows.values_list("ticket", flat=True)[:most]]))
