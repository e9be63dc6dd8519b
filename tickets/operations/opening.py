"""Opening tickets, and updating what the flow may change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from core.errors import Invalid, NotAllowed, from_database
from core.ids import uuid7
from core.text import by_name
from core.timezones import zone_name
from core.validation import max_length
from orgs.access import Actor, Member
from orgs.models import Project, User
from queues.models import Queue
from sectors.locks import lock_sectors
from sectors.models import Moment, Sector
from tickets import errors, hooks, live_events, routing
from tickets.conversation import automatic_messages
from tickets.conversation.numbering import add_event
from tickets.models import (
    Contact,
    Delivery,
    EventKind,
    FlowType,
    QueueStay,
    ReplacedTicketUuid,
    Source,
    Ticket,
    protocol_for,
)
from tickets.webhooks import outbox

from .contacts import ContactFacts, merged, save_contact
from .locking import lock_row


def find_place(project: Project, sector_id: UUID | None, queue_id: UUID | None) -> tuple[Sector, Queue]:
    """Return the sector and queue for a ticket: the given queue, or the sector's first live queue not on hold.

    Raises Invalid (neither is given, or they don't belong together), UnknownPlace, Archived, NoQueue.
    """
    if queue_id is not None:
        queue = Queue.objects.select_related("sector").filter(pk=queue_id, sector__project=project).first()
        if queue is None:
            raise errors.UnknownPlace(field="queue_uuid")
        if sector_id is not None and queue.sector_id != sector_id:
            raise Invalid(_("The queue is not one of this sector."), field="queue_uuid")
        sector = queue.sector
        if queue.archived_at or sector.archived_at:
            raise errors.Archived(field="queue_uuid")
        return sector, queue
    if sector_id is None:
        raise Invalid(_("Name a sector or a queue."), code="place_required", field="sector_uuid")
    found = Sector.objects.filter(pk=sector_id, project=project).first()
    if found is None:
        raise errors.UnknownPlace(field="sector_uuid")
    if found.archived_at:
        raise errors.Archived(field="sector_uuid")
    first = found.queues.live().order_by("on_hold", "position", *by_name()).first()
    if first is None:
        raise errors.NoQueue(field="sector_uuid")
    return found, first


def _sectors_named(project: Project, sector_id: UUID | None, queue_id: UUID | None) -> QuerySet[Sector, UUID]:
    """Return the sector that ``find_place`` finds, if any, whether it takes tickets or not. Read only if needed."""
    named = Q(pk=sector_id) if queue_id is None else Q(queues=queue_id)
    return Sector.objects.filter(named, project=project).values_list("pk", flat=True)


def check_hours(sector: Sector, now: datetime) -> None:
    """Raise OutsideHours if the sector is closed at ``now`` (aware); the sentence says when it opens."""
    hours = sector.hours
    if hours.is_open(now):
        return
    opens = hours.next_change(now)
    if opens is None:
        raise errors.OutsideHours(
            _("%(sector)s is closed and has no further opening hours.") % {"sector": sector.name}, opens_at=None
        )
    raise errors.OutsideHours(
        _("%(sector)s is closed now. It opens on %(day)s at %(time)s (%(zone)s).")
        % {
            "sector": sector.name,
            "day": f"{WEEKDAYS[opens.weekday()]}, {formats.date_format(opens, 'DATE_FORMAT')}",
            "time": formats.time_format(opens, "TIME_FORMAT"),
            "zone": zone_name(sector.timezone),
        },
        opens_at=opens.isoformat(),
    )


def _seen_before(project: Project, ticket_uuid: str | None) -> Ticket | None:
    """Return the ticket that has or had this ``ticket_uuid``."""
    if not ticket_uuid:
        return None
    tickets = Ticket.objects.filter(project=project)
    has, had = tickets.filter(ticket_uuid=ticket_uuid), tickets.filter(replaced_uuids__ticket_uuid=ticket_uuid)
    # Not by OR: each half has an index.
    return next(iter(has.union(had)), None)


def _open_already(contact: Contact) -> Ticket | None:
    return Ticket.objects.open().filter(project=contact.project_id, main_contact=contact.main_id).first()


#: The engine stores its ticket when it has our answer, and refuses a callback that comes before. It needs one second
#: from the answer; the other is for making the answer.
FIRST_CALLBACK_AFTER = timedelta(seconds=2)


@transaction.atomic
def open_ticket(
    project: Project,
    facts: ContactFacts,
    *,
    by: Actor,
    sector_id: UUID | None = None,
    queue_id: UUID | None = None,
    wanted_agent: User | None = None,
    ticket_uuid: str | None = None,
    protocol: str = "",
    source: str = Source.FLOW,
    continues: Ticket | None = None,
    now: datetime | None = None,
    **values: Any,
) -> tuple[Ticket, bool]:
    """Open a ticket and route it (docs/rules.md, Opening). Returns the ticket and whether it is new.

    A ``ticket_uuid`` seen before returns its ticket, and nothing changes. A contact with an open ticket returns that
    one, also outside hours: it takes over what the flow says anew (docs/rules.md, Opening again). The ticket goes to
    whoever started the conversation (docs/rules.md, Active messages), else to ``wanted_agent``, if eligible;
    otherwise it is routed. ``continues``: the closed ticket that this one reopens, see ``reopen_ticket``.
    ``values``: callback_url, flow_type, flow_uuid, custom_fields, is_anon, opened_at (aware). ``now`` is aware.
    Raises Invalid, UnknownPlace, Archived, NoQueue, OutsideHours, QueueOnHold, QueueFull, and AlreadyOpen if
    ``continues`` can't be continued.
    """
    if continues is None and (seen := _seen_before(project, ticket_uuid)):
        return seen, False
    contact = save_contact(
        project, facts, hidden=values.get("is_anon"), sectors=_sectors_named(project, sector_id, queue_id)
    )
    expected = _expected(contact, source, values.get("flow_uuid") or "", now)
    again: Callable[[Ticket], Ticket | None]
    if continues is None:
        again = partial(_take_over, ticket_uuid=ticket_uuid, now=now, by=by, expected=expected, values=values)
    else:
        again = partial(_same_or_refuse, continues=continues)
    if (present := _open_already(contact)) and (taken := again(present)):
        return taken, False
    # A refusal takes the contact back too.
    sector, queue = find_place(project, sector_id, queue_id)
    check_hours(sector, now or timezone.now())
    _check_hold(queue)
    lock_sectors([sector.pk])
    # Take the time under the lock: tickets join the queue in lock order.
    now = now or timezone.now()
    # Read again: the sector or queue may have changed while waiting for the lock.
    sector, queue = find_place(project, sector.pk, queue.pk)
    if continues is None and (present := _seen_before(project, ticket_uuid)):
        return present, False
    if (present := _open_already(contact)) and (taken := again(present)):
        return taken, False
    _check_hold(queue)
    ticket_id = uuid7()
    if expected is not None:
        source = Source.AGENT
    if continues is not None:
        Ticket.objects.filter(pk=continues.pk).update(ticket_uuid=None)
    if values.get("flow_type") == FlowType.GENERIC:
        values["external_id"] = continues.external_id if continues else ticket_id
    ticket = Ticket(
        pk=ticket_id,
        project=project,
        contact=contact,
        main_contact_id=contact.main_id,
        sector=sector,
        queue=queue,
        source=source,
        protocol=protocol[: max_length(Ticket, "protocol")] or protocol_for(ticket_id, now, sector.timezone),
        ticket_uuid=ticket_uuid or None,
        queued_at=now,
        callbacks_from=now + FIRST_CALLBACK_AFTER if ticket_uuid else None,
        continues=continues,
        **{"opened_at": now, "is_anon": contact.is_hidden, **values},
    )
    try:
        with transaction.atomic():
            ticket.line_count = 1
            ticket.save(force_insert=True)
    except IntegrityError as error:
        # Another process opened a ticket with the same ticket_uuid in another sector meanwhile.
        if present := _seen_before(project, ticket_uuid):
            return present, False
        # Or the project was archived.
        raise (from_database(error) or error) from error
    ticket.line_count = 0
    origin = {"continues": continues.protocol} if continues else {}
    if expected is not None:
        origin["started_by"] = expected.by.name
        hooks.start_has_opened(expected.pk, ticket, now=now)
    add_event(
        ticket, EventKind.OPENED, now, by, sector=sector.name, queue=queue.name, source=source, token=by.token_name,
        **origin,
    )  # fmt: skip
    QueueStay.objects.create(ticket=ticket, queue=queue, entered_at=now)
    live_events.changed(ticket, "opened", queues=[queue.pk])
    moments = set(sector.automatic_messages.values_list("moment", flat=True))
    if Moment.OPENING in moments and source != Source.AGENT:
        automatic_messages.send_moment_to_all([ticket.pk], Moment.OPENING, now)
    if not (
        (expected is not None and routing.place_with(ticket, expected.by.pk, has_started=True, now=now))
        or (wanted_agent is not None and routing.place_with(ticket, wanted_agent.pk, now=now))
    ):
        routing.route([sector.pk], now=now)
    _check_room(queue, ticket.pk)
    ticket = Ticket.objects.for_lists().get(pk=ticket.pk)
    if ticket.is_waiting and Moment.WAITING in moments:
        automatic_messages.send_moment_to_all([ticket.pk], Moment.WAITING, now, waiting_told_at=now)
        ticket.refresh_from_db(fields=["line_count", "waiting_told_at"])
    return ticket, True


def _expected(contact: Contact, source: str, flow_uuid: str, now: datetime | None) -> hooks.Expected | None:
    """Return the start that a ticket of this flow comes from, if somebody has started the conversation."""
    if source != Source.FLOW or not flow_uuid:
        return None
    return hooks.expected_start(contact, flow_uuid, now=now or timezone.now())


@dataclass(frozen=True)
class _Listener:
    """Where callbacks of a ticket go, and what the engine calls the ticket there."""

    address: str
    external_id: UUID | None


def _take_over(
    present: Ticket,
    *,
    ticket_uuid: str | None,
    now: datetime | None,
    by: Actor,
    expected: hooks.Expected | None,
    values: dict[str, Any],
) -> Ticket | None:
    """Go on with an open ticket for which the flow was started again (docs/rules.md, Opening again).

    The flow's former ticket is told that it is over; from now on answers go to the new one. Returns None if the
    ticket has been closed meanwhile.
    """
    with transaction.atomic():
        ticket = lock_row(present.pk)
        if ticket.is_closed:
            # Release the row: the sector is locked next, which comes before tickets.
            transaction.set_rollback(True)
            return None
    ticket.custom_fields = merged(ticket.custom_fields, values.get("custom_fields") or {})
    ticket.flow_uuid = values.get("flow_uuid") or ticket.flow_uuid
    ticket.is_anon = values.get("is_anon", ticket.is_anon)
    is_new = bool(ticket_uuid and ticket_uuid != ticket.ticket_uuid)
    former = _Listener(ticket.callback_url, ticket.external_id)
    listener = _listener_after(ticket, is_new, values)
    if listener != former or is_new:
        _change_listener(ticket, listener, ticket_uuid, now or timezone.now(), by)
        if former.address and former != listener:
            outbox.enqueue(ticket, Delivery.Kind.UPDATE, url=former.address, external_id=former.external_id)
    ticket.save()
    if expected is not None:
        hooks.start_has_opened(expected.pk, ticket, now=now or timezone.now())
    live_events.line(ticket, "fields")
    return Ticket.objects.for_lists().get(pk=ticket.pk)


def _listener_after(ticket: Ticket, is_new: bool, values: dict[str, Any]) -> _Listener:
    """Return who listens to an open ticket that is opened again; ``is_new``: for another ticket of the engine.

    An engine of the type *generic* tells its tickets apart by the external id alone: each has one of its own.
    """
    address = values.get("callback_url") or ""
    if values.get("flow_type") == FlowType.GENERIC:
        own = ticket.external_id if ticket.is_generic and not is_new else uuid7()
        return _Listener(address or (ticket.callback_url if ticket.is_generic else ""), own)
    if ticket.is_generic and not (is_new or address):
        return _Listener(ticket.callback_url, ticket.external_id)
    return _Listener(address or ("" if ticket.is_generic else ticket.callback_url), None)


def _change_listener(ticket: Ticket, to: _Listener, ticket_uuid: str | None, now: datetime, by: Actor) -> None:
    add_event(ticket, EventKind.OPENED_AGAIN, now, by, token=by.token_name)
    if ticket_uuid and ticket.ticket_uuid and ticket_uuid != ticket.ticket_uuid:
        ReplacedTicketUuid.objects.create(
            project_id=ticket.project_id,
            ticket=ticket,
            ticket_uuid=ticket.ticket_uuid,
            external_id=ticket.external_id,
        )
    ticket.ticket_uuid = ticket_uuid or ticket.ticket_uuid
    ticket.callback_url = to.address
    ticket.external_id = to.external_id
    ticket.flow_type = FlowType.GENERIC if to.external_id else FlowType.WENICHATS
    ticket.callbacks_from = now + FIRST_CALLBACK_AFTER
    outbox.address_changed(ticket)


def reopen_ticket(ticket_id: UUID, *, by: Actor, now: datetime | None = None) -> Ticket:
    """Go on with a closed ticket that an engine of the type *generic* has reopened: in a new one, linked to it.

    The engine's ticket is the new one's from now on, under the external id it has (docs/rules.md, Opening again).
    Idempotent: a ticket that is open is returned as it is. ``now`` is aware. Raises AlreadyOpen (the contact has
    another open ticket) and what ``open_ticket`` raises.
    """
    former = Ticket.objects.select_related("project__organization", "contact").get(pk=ticket_id)
    if former.is_open:
        return former
    ticket, _created = open_ticket(
        former.project,
        ContactFacts(external_id=former.contact.external_id),
        by=by,
        queue_id=former.queue_id,
        ticket_uuid=former.ticket_uuid,
        continues=former,
        now=now,
        flow_type=FlowType.GENERIC,
        callback_url=former.callback_url,
        flow_uuid=former.flow_uuid,
        custom_fields=former.custom_fields,
        is_anon=former.is_anon,
    )
    return ticket


def _same_or_refuse(present: Ticket, *, continues: Ticket) -> Ticket:
    """Return the contact's open ticket if it continues that one already; else raise AlreadyOpen."""
    if present.external_id != continues.external_id:
        raise errors.AlreadyOpen(external_id=str(present.external_id or present.pk))
    return present


def _check_hold(queue: Queue) -> None:
    """Raise QueueOnHold if the queue takes no new tickets."""
    if queue.on_hold:
        raise errors.QueueOnHold(field="queue_uuid")


def _check_room(queue: Queue, ticket_id: UUID) -> None:
    """Raise QueueFull if the new ticket exceeds the queue's maximum. The caller holds the sector's lock."""
    if queue.max_waiting is None:
        return
    line = Ticket.objects.waiting().filter(queue=queue)
    if line.filter(pk=ticket_id).exists() and line.order_by()[: queue.max_waiting + 1].count() > queue.max_waiting:
        raise errors.QueueFull(field="queue_uuid")


def open_test_ticket(member: Member, sector: Sector, *, by: Actor, queue_id: UUID | None = None) -> Ticket:
    """Open a ticket for a made-up contact to try out a sector (docs/rules.md, Test ticket).

    Follows hours and routing like any other. Raises NotAllowed and whatever ``open_ticket`` raises.
    """
    if not member.may_connect_flow():
        raise NotAllowed
    ticket_id = uuid7().hex
    ticket, _created = open_ticket(
        member.project,
        ContactFacts(external_id=f"test-{ticket_id}", name=_("Test contact"), urn=f"test:{ticket_id}"),
        by=by,
        sector_id=sector.pk,
        queue_id=queue_id,
        source=Source.TEST,
    )
    return ticket


@transaction.atomic
def update_ticket(
    ticket: Ticket, *, callback_url: str | None = None, custom_fields: dict[str, Any] | None = None
) -> Ticket:
    """Update what the flow may change: the callback URL, and custom fields (merged by name). What is empty stays.

    Raises ContactErased.
    """
    ticket = Ticket.objects.select_for_update(of=("self",), no_key=True).select_related("contact").get(pk=ticket.pk)
    if ticket.contact.is_erased:
        raise errors.ContactErased
    if ticket.is_generic:
        # Its address is that of another protocol.
        callback_url = None
    ticket.callback_url = callback_url or ticket.callback_url
    ticket.custom_fields = merged(ticket.custom_fields, custom_fields or {})
    ticket.save(update_fields=["callback_url", "custom_fields", "modified_at"])
    if callback_url:
        outbox.address_changed(ticket)
    live_events.line(ticket, "fields")
    return Ticket.objects.for_lists().get(pk=ticket.pk)
