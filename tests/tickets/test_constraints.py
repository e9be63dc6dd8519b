"""What the database refuses in the tickets app, when the code is gone around."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tests.builders import Desk
from tests.flow import token_for
from tests.races.parallel import at_once, commit_together, overlapping
from tests.refusals import constraint_of, refused_by
from tickets import operations
from tickets.models import (
    Assignment,
    Attachment,
    Contact,
    Delivery,
    HostCircuit,
    HostPause,
    IdempotentAnswer,
    IntakeCorrection,
    Mention,
    Message,
    Presence,
    QueueStay,
    ReplacedTicketUuid,
    SigningSecret,
    Ticket,
    TicketTag,
)


def _change(ticket: Ticket, **values: Any) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(**values)


def _another(ticket: Ticket, **values: Any) -> Ticket:
    """Return an unsaved waiting ticket in the same place as the one given."""
    return Ticket(
        **{
            "project": ticket.project,
            "contact": ticket.contact,
            "main_contact_id": ticket.contact.main_id,
            "sector": ticket.sector,
            "queue": ticket.queue,
            "protocol": "by hand",
            **values,
        }
    )


def _contact(desk: Desk, name: str = "somebody") -> Contact:
    return Contact.objects.create(project=desk.project, external_id=name)


def test_a_contact_has_one_open_ticket(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused_by("ticket_one_open_per_person"):
        Ticket.objects.bulk_create([_another(ticket)])


def test_a_contact_has_one_open_ticket_in_all_sectors(desk: Desk) -> None:
    ticket, sector = desk.open_ticket(), desk.add_sector()
    with refused_by("ticket_one_open_per_person"):
        Ticket.objects.bulk_create([_another(ticket, sector=sector, queue=sector.queues.get())])


@pytest.mark.django_db(transaction=True)
def test_two_tickets_of_a_contact_written_at_once_leave_one() -> None:
    desk = Desk.set_up()
    contact = _contact(desk)
    model = Ticket(project=desk.project, contact=contact, sector=desk.sector, queue=desk.queue)
    first, second = _another(model), _another(model)

    results = at_once(first.save, second.save)
    refusals = [r for r in results if r is not None]
    assert len(refusals) == 1
    assert constraint_of(refusals[0]) == "ticket_one_open_per_person"
    assert contact.tickets.count() == 1


def test_a_seat_is_taken_once(desk: Desk) -> None:
    agent = desk.agent_online(limit=2)
    first, second = desk.open_ticket(), desk.open_ticket()
    assert (first.seat, second.seat) == (1, 2)
    with refused_by("ticket_seat_taken_once"):
        _change(second, seat=1)
    waiting = desk.open_ticket()
    with refused_by("ticket_seat_taken_once"):
        _change(waiting, status="active", agent=agent, seat=2)


@pytest.mark.parametrize("values", [{"seat": None}, {"agent": None}, {"seat": 0}])
def test_an_active_ticket_has_an_agent_and_a_seat(desk: Desk, values: dict[str, Any]) -> None:
    desk.agent_online()
    ticket = desk.open_ticket()
    with refused_by("ticket_active_has_agent_and_seat"):
        _change(ticket, **values)


def test_a_waiting_ticket_has_neither_agent_nor_seat(desk: Desk) -> None:
    agent, ticket = desk.agent(), desk.open_ticket()
    with refused_by("ticket_waiting_has_no_agent"):
        _change(ticket, agent=agent)
    with refused_by("ticket_waiting_has_no_agent"):
        _change(ticket, seat=1)


def test_an_unknown_status(desk: Desk) -> None:
    with refused_by("ticket_status_known"):
        _change(desk.open_ticket(), status="paused")


def test_a_closed_ticket_has_a_time_and_no_seat(desk: Desk) -> None:
    desk.agent_online()
    ticket = desk.open_ticket()
    with refused_by("ticket_closed_has_time_and_no_seat"):
        _change(ticket, status="closed", seat=None)
    with refused_by("ticket_closed_has_time_and_no_seat"):
        _change(ticket, status="closed", closed_at=timezone.now())
    with refused_by("ticket_closed_has_time_and_no_seat"):
        _change(ticket, closed_at=timezone.now())


def test_closing_without_a_tag_does_not_survive_its_transaction(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused_by("ticket_closed_has_tag"):
        _change(ticket, status="closed", closed_at=timezone.now())


def test_a_ticket_is_not_born_closed_without_a_tag(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused_by("ticket_closed_has_tag"):
        Ticket.objects.bulk_create([_another(ticket, status="closed", closed_at=timezone.now())])


@pytest.mark.parametrize("how", ["delete", "move"])
def test_the_last_tag_of_a_closed_ticket_stays(desk: Desk, how: str) -> None:
    ticket, other = desk.closed_ticket(), desk.open_ticket()
    rows = TicketTag.objects.filter(ticket=ticket)
    with refused_by("ticket_closed_has_tag"):
        if how == "delete":
            rows.delete()
        else:
            rows.update(ticket=other)


def test_one_of_two_tags_may_go(desk: Desk) -> None:
    ticket = desk.close(desk.open_ticket(), tags=desk.tags)
    TicketTag.objects.filter(ticket=ticket, tag=desk.tags[0]).delete()
    connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_two_last_tags_of_a_closed_ticket_taken_at_once_leave_one() -> None:
    desk = Desk.set_up()
    ticket = desk.close(desk.open_ticket(), tags=desk.tags)

    def take(tag: Tag) -> None:
        TicketTag.objects.filter(ticket=ticket, tag=tag).delete()

    results = commit_together(*(lambda tag=tag: take(tag) for tag in desk.tags))
    refusals = [r for r in results if r is not None]
    assert len(refusals) == 1
    assert isinstance(refusals[0], IntegrityError)
    assert constraint_of(refusals[0]) == "ticket_closed_has_tag"
    assert ticket.ticket_tags.count() == 1


@pytest.mark.parametrize("status", ["waiting", "active"])
def test_a_closed_ticket_is_not_opened_again(desk: Desk, status: str) -> None:
    agent, ticket = desk.agent(), desk.closed_ticket()
    with refused_by("ticket_closed_is_final"):
        if status == "active":
            _change(ticket, status=status, closed_at=None, agent=agent, seat=1)
        else:
            _change(ticket, status=status, closed_at=None, agent=None)


def test_a_queue_of_another_sector(desk: Desk) -> None:
    ticket, other = desk.open_ticket(), desk.add_sector()
    with refused_by("ticket_queue_of_sector"):
        _change(ticket, queue=other.queues.get())


def test_a_sector_of_another_project(desk: Desk, other_desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused_by("ticket_sector_of_project"):
        _change(ticket, sector=other_desk.sector, queue=other_desk.queue)


def test_a_contact_of_another_project(desk: Desk, other_desk: Desk) -> None:
    ticket, foreign = desk.open_ticket(), other_desk.open_ticket()
    with refused_by("ticket_contact_of_project"):
        _change(ticket, contact=foreign.contact)


def test_a_tag_of_another_sector(desk: Desk) -> None:
    ticket, other = desk.closed_ticket(), desk.add_sector()
    tag = other.tags.all()[0]
    values = {"ticket": ticket, "tag": tag, "closed_at": ticket.closed_at}
    with refused_by("ticket_tag_of_sector"):
        TicketTag.objects.create(**values, sector=desk.sector)
    with refused_by("ticket_tag_with_ticket"):
        TicketTag.objects.create(**values, sector=other)


def test_a_tag_is_given_once(desk: Desk) -> None:
    ticket = desk.closed_ticket()
    with refused_by("ticket_tag_once"):
        TicketTag.objects.create(ticket=ticket, tag=desk.tags[0], sector=desk.sector, closed_at=ticket.closed_at)


def test_a_used_tag_is_not_deleted(desk: Desk) -> None:
    desk.closed_ticket()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tags_tag WHERE id = %s", [desk.tags[0].pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_open_ticket_keeps_its_sector_from_being_archived(desk: Desk) -> None:
    desk.open_ticket()
    with refused_by("sector_has_open_tickets"):
        Sector.objects.filter(pk=desk.sector.pk).update(archived_at=timezone.now())


def test_no_ticket_is_opened_in_an_archived_queue_or_sector(desk: Desk) -> None:
    second, contact = desk.add_queue(), _contact(desk)
    model = Ticket(project=desk.project, contact=contact, sector=desk.sector, queue=second)
    Queue.objects.filter(pk=second.pk).update(archived_at=timezone.now())
    with refused_by("ticket_place_is_live"):
        Ticket.objects.bulk_create([_another(model)])
    with refused_by("ticket_place_is_live"):
        _change(desk.open_ticket(), queue=second)
    sector = desk.add_sector()
    Sector.objects.filter(pk=sector.pk).update(archived_at=timezone.now())
    with refused_by("ticket_place_is_live"):
        Ticket.objects.bulk_create([_another(model, sector=sector, queue=sector.queues.get())])


@pytest.mark.parametrize("first", ["archiving", "opening"])
@pytest.mark.parametrize("what", ["queue", "sector"])
@pytest.mark.django_db(transaction=True)
def test_no_open_ticket_is_left_in_a_place_archived_at_the_same_moment(what: str, first: str) -> None:
    desk = Desk.set_up(queue_names=["First", "Second"])
    second, contact = desk.sector.queues.get(name="Second"), _contact(desk)
    model = Ticket(project=desk.project, contact=contact, sector=desk.sector, queue=second)
    place = second if what == "queue" else desk.sector

    def archive() -> None:
        type(place).objects.filter(pk=place.pk).update(archived_at=timezone.now())

    calls = [archive, _another(model).save]
    results = overlapping(*(calls if first == "archiving" else reversed(calls)))
    refusals = [r for r in results if r is not None]
    assert len(refusals) == 1
    refused = "ticket_place_is_live" if first == "archiving" else f"{what}_has_open_tickets"
    assert constraint_of(refusals[0]) == refused
    place.refresh_from_db()
    assert (place.archived_at is None) == Ticket.objects.filter(queue=second).exists()


def test_an_agent_has_one_open_segment_and_a_ticket_one_open_stay(desk: Desk) -> None:
    agent = desk.agent_online(limit=1)
    active, waiting = desk.open_ticket(), desk.open_ticket()
    now = timezone.now()
    with refused_by("assignment_one_open"):
        Assignment.objects.create(
            ticket=active, sector=desk.sector, queue=desk.queue, agent=agent, seat=2, started_at=now
        )
    with refused_by("assignment_end_has_reason"):
        Assignment.objects.filter(ticket=active).update(ended_at=now)
    with refused_by("stay_one_open"):
        QueueStay.objects.create(ticket=waiting, queue=desk.queue, entered_at=now)


def test_a_ticket_uuid_is_used_once_in_a_project(desk: Desk) -> None:
    ticket = desk.open_ticket(ticket_uuid="flow-1")
    with refused_by("ticket_uuid_once_per_project"):
        Ticket.objects.bulk_create([_another(ticket, contact=_contact(desk), ticket_uuid="flow-1")])


def test_a_contact_is_known_once_in_a_project(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused_by("contact_once_per_project"):
        _contact(desk, ticket.contact.external_id)
    with refused_by("contact_has_external_id"):
        _contact(desk, "")


def test_lines_of_a_conversation(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    message = desk.message(ticket, external_id="m-1")
    now = timezone.now()
    values: dict[str, Any] = {"ticket": ticket, "text": "x", "created_on": now}
    with refused_by("message_number_once"):
        Message.objects.create(**values, kind="bot", number=message.number)
    with refused_by("message_external_id_once"):
        Message.objects.create(**values, kind="contact", number=90, external_id="m-1")
    with refused_by("message_numbered_unless_history"):
        Message.objects.create(**values, kind="bot")
    with refused_by("message_person_only_if_theirs"):
        Message.objects.create(**values, kind="agent", number=91)
    with refused_by("message_person_only_if_theirs"):
        Message.objects.create(**values, kind="contact", number=92, user=agent)
    Message.objects.create(**values, kind="bot", is_history=True, history_key="k")
    with refused_by("message_history_once"):
        Message.objects.create(**values, kind="bot", is_history=True, history_key="k")
    with refused_by("message_history_once"):
        Message.objects.create(**values, kind="bot", is_late=True, number=93, history_key="k")
    for told in ({"is_history": True}, {"is_late": True, "number": 94}):
        with refused_by("message_history_has_key"):
            Message.objects.create(**values, kind="bot", **told)
    for impossible in (datetime(1999, 12, 31, tzinfo=UTC), now + timedelta(days=1, minutes=1)):
        with refused_by("message_time_is_possible"):
            Message.objects.create(**{**values, "created_on": impossible}, kind="bot", number=95, stored_at=now)


def test_the_state_of_a_file_fits_what_is_there(desk: Desk) -> None:
    message = desk.message(desk.open_ticket())
    there: dict[str, Any] = {"file": "a", "size": 1}
    now = timezone.now()
    values: dict[str, Any]
    for name, values in (
        ("attachment_state_known", {"state": "lost"}),
        ("attachment_error_known", {"state": "failed", "url": "a", "error": "odd"}),
        ("attachment_stored_has_file", {"state": "stored"}),
        ("attachment_stored_has_file", {"url": "a", **there}),
        ("attachment_fetched_from_url", {"state": "skipped"}),
        ("attachment_fetched_has_type", {"state": "stored", "url": "a", **there}),
        ("attachment_fetched_has_type", {"url": "a", "stored_type": "image/png"}),
        ("attachment_pending_is_due", {"state": "pending", "url": "a"}),
        ("attachment_pending_is_due", {"url": "a", "next_attempt_at": now}),
        ("attachment_failed_says_why", {"state": "failed", "url": "a"}),
        ("attachment_failed_says_why", {"url": "a", "error": "empty"}),
    ):
        with refused_by(name):
            Attachment.objects.create(message=message, **values)


def test_contacts_and_what_the_flow_calls_a_ticket(desk: Desk) -> None:
    ticket = desk.open_ticket()
    for urn in ("whatsapp:55?auth=secret", "telegram:1#name"):
        with refused_by("contact_urn_without_query"):
            Contact.objects.filter(pk=ticket.contact_id).update(urn=urn)
    former = {"project": desk.project, "ticket": ticket, "ticket_uuid": "former"}
    ReplacedTicketUuid.objects.create(**former)
    with refused_by("replaced_ticket_uuid_once"):
        ReplacedTicketUuid.objects.create(**former)
    with refused_by("intake_correction_counts_something"):
        IntakeCorrection.objects.create(kind="cut", amount=0)


@pytest.mark.parametrize(
    ("kind", "most"),
    [("contact", 65_536), ("bot", 65_536), ("agent", 10_000), ("note", 10_000), ("history", 65_536)],
)
def test_what_anybody_writes_has_its_maximum(desk: Desk, kind: str, most: int) -> None:
    ticket = desk.open_ticket()
    values: dict[str, Any] = {"ticket": ticket, "kind": kind, "number": ticket.line_count + 1}
    if kind == "history":
        values |= {"kind": "bot", "number": None, "is_history": True, "history_key": "k"}
    if kind in ("agent", "note"):
        values["user"] = desk.agent()
    with refused_by("message_text_fits"):
        Message.objects.create(**values, text="ã" * (most + 1), created_on=timezone.now())
    Message.objects.create(**values, text="ã" * most, created_on=timezone.now())
    Ticket.objects.filter(pk=ticket.pk).update(line_count=values["number"] or ticket.line_count)


def test_a_colleague_is_mentioned_once_in_a_note_and_seen_once_at_a_ticket(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    note = operations.add_note(ticket.pk, "Look", by=desk.by(agent))
    mention = {"message": note, "user": agent, "ticket": ticket}
    Mention.objects.create(**mention)
    with refused_by("mention_once"):
        Mention.objects.create(**mention)
    Presence.objects.create(ticket=ticket, user=agent)
    with refused_by("presence_once"):
        Presence.objects.create(ticket=ticket, user=agent)


def test_what_a_page_sends_twice_is_stored_once(desk: Desk) -> None:
    ticket, key, now = desk.open_ticket(), uuid4(), timezone.now()
    rows = [
        Message(ticket=ticket, number=n, kind="contact", text="Hello", created_on=now, sent_key=key) for n in (90, 91)
    ]
    with refused_by("message_sent_once"):
        Message.objects.bulk_create(rows)


def test_a_part_of_a_message_is_delivered_once(desk: Desk) -> None:
    agent = desk.agent_online()
    message = desk.reply(desk.open_ticket(callback_url="https://flow.example.org/"), agent)
    row = {
        "ticket": message.ticket,
        "project": desk.project,
        "message": message,
        "number": message.number,
        "kind": Delivery.Kind.MESSAGE,
    }
    with refused_by("delivery_part_once"):
        Delivery.objects.create(**row, part=1)
    with refused_by("delivery_number_once"):
        Delivery.objects.create(**{**row, "message": None, "kind": Delivery.Kind.UPDATE})
    for wrong in ({**row, "message": None}, {**row, "kind": Delivery.Kind.UPDATE}):
        with refused_by("delivery_of_its_kind"):
            Delivery.objects.create(**wrong, part=1)


def test_a_host_is_paused_once_in_a_project_and_a_failing_one_has_a_probe(desk: Desk) -> None:
    HostPause.objects.create(project=desk.project, host="flow.example.org", by=desk.administrator)
    with refused_by("host_pause_once"):
        HostPause.objects.create(project=desk.project, host="flow.example.org", by=desk.administrator)
    with refused_by("host_pause_has_host"):
        HostPause.objects.create(project=desk.project, by=desk.administrator)
    with refused_by("circuit_open_has_probe"):
        HostCircuit.objects.create(host="flow.example.org", opened_at=timezone.now())
    with refused_by("signing_secret_given"):
        SigningSecret.objects.create(project=desk.project, encrypted="")
    with refused_by("signing_secret_rotated"):
        SigningSecret.objects.create(project=desk.project, encrypted="new", encrypted_before="old")


def test_what_an_engine_calls_a_ticket_names_one_that_is_open(desk: Desk) -> None:
    ticket = desk.open_ticket(flow_type="generic")
    assert ticket.external_id == ticket.pk
    other = _another(ticket, contact=(person := _contact(desk)), main_contact_id=person.pk)
    other.flow_type, other.external_id = "generic", ticket.external_id
    with refused_by("ticket_external_id_open_once"):
        other.save(force_insert=True)
    for wrong in ({"flow_type": "wenichats"}, {"external_id": None}, {"flow_type": "another"}):
        with refused_by("ticket_generic_has_external_id"):
            _change(ticket, **wrong)
    row = {"project": desk.project, "ticket": ticket, "external_id": uuid4()}
    ReplacedTicketUuid.objects.create(**row, ticket_uuid="one")
    with refused_by("replaced_external_id_once"):
        ReplacedTicketUuid.objects.create(**row, ticket_uuid="two")
    with refused_by("delivery_external_id_has_address"):
        Delivery.objects.create(
            ticket=ticket, project=desk.project, number=1, kind=Delivery.Kind.UPDATE, external_id=uuid4()
        )


def test_a_key_of_a_token_has_one_answer_that_is_final(desk: Desk) -> None:
    token, _secret = token_for(desk)
    row = {"token": token, "key": "open-1", "fingerprint": "", "answer": {}}
    IdempotentAnswer.objects.create(**row, status=201)
    with refused_by("idempotent_answer_once"):
        IdempotentAnswer.objects.create(**row, status=201)
    with refused_by("idempotent_answer_is_final"):
        IdempotentAnswer.objects.create(**{**row, "key": "open-2"}, status=503)
