"""Callbacks of a project as its administrators look after them: pausing hosts, sending again what failed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from core.encryption import Undecipherable
from core.errors import Invalid, NotAllowed
from orgs import audit
from orgs.access import Actor
from orgs.models import Project
from tickets.models import SPAN, Delivery, DeliveryState, Held, HostPause, SigningSecret, Ticket
from tickets.webhooks import hosts, outbox, signing
from tickets.webhooks.delivery import show_state
from tickets.webhooks.log import OLDEST_FIRST, CallbackFilter, failed_deliveries, hosts_of

#: Deliveries read at once by those that send again what failed.
_BATCH = 200


def _check(by: Actor, project: Project) -> None:
    if by.member is not None and (by.member.project != project or not by.member.may_connect_flow()):
        raise NotAllowed


@transaction.atomic
def pause_host(project: Project, host: str, *, by: Actor) -> None:
    """Send nothing to a host until ``resume_host``; what is under way arrives (docs/rules.md, Delivery).

    Idempotent. Raises NotAllowed, Invalid (the project sends nothing to that host).
    """
    _check(by, project)
    if by.user is None:
        raise NotAllowed
    if host not in hosts_of(project):
        raise Invalid(_("Nothing is sent to this host."), field="host")
    made, created = HostPause.objects.get_or_create(project=project, host=host, defaults={"by": by.user})
    if created:
        audit.record(by, "callbacks.paused", project, project=project, after={"host": made.host})


@transaction.atomic
def resume_host(project: Project, host: str, *, by: Actor, now: datetime | None = None) -> None:
    """Send to a host again what waits, each with a day's attempts. Idempotent. Raises NotAllowed."""
    _check(by, project)
    now = now or timezone.now()
    # Waits for those who are about to let a delivery wait for it: the update below sees what they did.
    if not HostPause.objects.filter(project=project, host=host).delete()[0]:
        return
    # An answer of the host lets go deliveries of many tickets, too: one after the other.
    hosts.lock_circuit(host)
    waiting = Delivery.objects.filter(project=project, host=host, state=DeliveryState.SENDING)
    hosts.lock_deliveries(waiting)
    waiting.update(give_up_at=now + SPAN)
    waiting.filter(held=Held.PAUSE).update(held="", next_attempt_at=now)
    audit.record(by, "callbacks.resumed", project, project=project, before={"host": host})


@transaction.atomic
def rotate_signing_secret(project: Project, *, by: Actor, now: datetime | None = None) -> None:
    """Make a new secret for the signatures of a project's callbacks; the one before stays valid for a day.

    One that was still valid besides is so no longer. ``now`` is aware. Raises NotAllowed.
    """
    _check(by, project)
    now = now or timezone.now()
    # Two rotations at once: the second waits for this row.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    try:
        before = signing.secrets_of(project.pk, now)[0].encrypted()
    except Undecipherable:
        # Nothing can be signed with it any more, either.
        before = ""
    SigningSecret.objects.filter(project=project).update(
        encrypted=signing.new_secret().encrypted(), encrypted_before=before, rotated_at=now
    )
    audit.record(by, "callbacks.secret_rotated", project, project=project)


def send_callback_again(project: Project, delivery_id: UUID, *, by: Actor, now: datetime | None = None) -> bool:
    """Queue one failed delivery of the project again; return whether it was failed.

    Raises NotAllowed, Delivery.DoesNotExist.
    """
    _check(by, project)
    row = Delivery.objects.get(pk=delivery_id, project=project)
    return bool(send_failed(row.ticket_id, [row.pk], now=now))


def send_all_again(project: Project, asked: CallbackFilter, *, by: Actor) -> int:
    """Let the worker queue again what has failed among the deliveries asked for; return how many those are now.

    ``asked.state`` counts for nothing. Raises NotAllowed, Invalid (``nothing_failed``).
    """
    _check(by, project)
    rows = failed_deliveries(project, asked)
    count = rows.count()
    if not count:
        raise Invalid(_("Nothing of this has failed."), code="nothing_failed")
    with transaction.atomic():
        # What fails from now on isn't meant.
        last = rows.aggregate(last=Max("created_at"))["last"]
        app.configure_task("tickets.send_failed_again").defer(
            project_id=str(project.pk), query=asked.query(), until=last.isoformat()
        )
        audit.record(
            by, "callbacks.sent_again", project, project=project,
            after={"count": count, "host": asked.host, "from": _day(asked.start), "to": _day(asked.end)},
        )  # fmt: skip
    return count


def _day(day: object) -> str:
    return str(day) if day else ""


def send_failed_of(project: Project, asked: CallbackFilter, until: datetime) -> int:
    """Queue again what has failed among the deliveries asked for, batch by batch; return how many.

    Each is looked at once, so that one that fails again meanwhile isn't sent for ever.
    """
    count = 0
    for part in OLDEST_FIRST.parts(lambda: failed_deliveries(project, asked).filter(created_at__lte=until), _BATCH):
        by_ticket: dict[UUID, list[UUID]] = {}
        for row in part:
            by_ticket.setdefault(row.ticket_id, []).append(row.pk)
        for ticket_id, ids in by_ticket.items():
            count += send_failed(ticket_id, ids)
    return count


@transaction.atomic
def send_failed(ticket_id: UUID, delivery_ids: Collection[UUID], *, now: datetime | None = None) -> int:
    """Queue those of a ticket's deliveries again that failed, with a fresh set of attempts; return how many."""
    ticket = Ticket.objects.select_for_update(of=("self",), no_key=True).get(pk=ticket_id)
    rows = list(Delivery.objects.filter(pk__in=delivery_ids, ticket=ticket, state=DeliveryState.FAILED))
    if not rows:
        return 0
    now = now or timezone.now()
    for row in rows:
        row.state, row.attempts, row.held = DeliveryState.SENDING, 0, ""
        row.last_error, row.failure, row.status, row.answer = "", "", None, ""
        row.next_attempt_at = outbox.earliest(ticket, now, row.url)
        row.give_up_at, row.not_found_since = row.next_attempt_at + SPAN, None
    Delivery.objects.bulk_update(rows, _FRESH)
    outbox.hand_over([ticket.pk])
    for message_id in {row.message_id for row in rows if row.message_id}:
        show_state(ticket, message_id)
    return len(rows)


_FRESH = [
    "state", "attempts", "held", "last_error", "failure", "status", "answer", "next_attempt_at", "give_up_at",
    "not_found_since",
]  # fmt: skip
