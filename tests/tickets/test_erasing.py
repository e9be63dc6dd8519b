"""Erasing a contact: nothing personal is left, and no figure changes (docs/rules.md, Erasing a contact)."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from active_messages.models import Start, StartState
from core.errors import NotAllowed
from orgs.models import AuditEntry, TokenScope, User
from reports import figures
from reports.filters import Filters, Selection
from tests.builders import FLOW, Desk, fresh
from tests.flow import FlowEngine, engine_for
from tests.refusals import refused, refused_by
from tests.tickets import samples
from tests.tickets.tools import run_worker
from tickets import errors, operations
from tickets.conversation.transcript import history_before, page_before
from tickets.models import (
    Attachment,
    Contact,
    ContactsApart,
    Delivery,
    DeliveryState,
    IdempotentAnswer,
    Message,
    ReplacedTicketUuid,
    Ticket,
    Upload,
)
from tickets.operations.messages import HistoryLine, Media

from .desk_tools import Browser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]

#: In whatever only the contact, and what is told of them, has in it.
MARK = "zyxerase"
NUMBER = "5588991112222"
URN = f"whatsapp:{NUMBER}"
#: The number in each way in which it is written or stored.
MARKS = (MARK, NUMBER, "558891112222", "8899111", "8891112222")
#: What the log said of the contact before stays.
TOLD_BEFORE = "contact.merged"

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"


def left_in_database(marks: tuple[str, ...] = MARKS) -> dict[str, list[str]]:
    """Return the rows, as text, of all tables in which a mark stands in any column, whatever its case.

    Entries of the audit log that were there before the erasing are left out.
    """
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            old = "WHERE action <> %s" if table == "orgs_auditentry" else "WHERE %s <> ''"
            cursor.execute(f"SELECT t::text FROM {table} t {old}", [TOLD_BEFORE])
            rows = [row for (row,) in cursor.fetchall() if any(mark in row.lower() for mark in marks)]
            if rows:
                found[table] = rows
    return found


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def opened(desk: Desk, external_id: str = MARK, urn: str = URN, **values: Any) -> Ticket:
    facts = operations.ContactFacts(
        external_id=external_id,
        name=f"Ana {MARK}",
        urn=urn,
        urn_display=f"+{NUMBER}",
        channel=f"{MARK}-channel",
        email=f"{MARK}@example.org",
        phone=f"+{NUMBER}",
        custom_fields={f"{MARK} field": MARK},
        groups=[{"name": MARK}],
    )
    ticket, _new = operations.open_ticket(desk.project, facts, by=FLOW, sector_id=desk.sector.pk, **values)
    return fresh(ticket)


def delivered() -> None:
    """Let all callbacks have been sent, and their receivers have answered with the contact's words."""
    Delivery.objects.update(
        state=DeliveryState.SENT, answer=f"thanks, {MARK}", last_error=MARK, delivered_at=timezone.now()
    )


def talked_about(desk: Desk, agent: User) -> Ticket:
    """Let a contact say, send and be told all there is, under two ids; return the last ticket, closed."""
    address = f"https://flow.example.org/{MARK}"
    first = opened(desk, ticket_uuid=f"{MARK}-1", callback_url=address, custom_fields={"document": MARK}, protocol="")
    at = timezone.now() - timedelta(hours=1)
    lines = [HistoryLine(True, at, f"{MARK} to the bot", [Media("image/jpeg", "geo:1,2")])]
    operations.add_history(first.pk, lines, at_opening=True)
    media = [Media("image/jpeg", f"https://channel.example.org/{MARK}.jpg")]
    operations.receive(first.pk, f"I am {MARK}", external_id=MARK, metadata={"by": MARK}, media=media)
    if fresh(first).agent_id is None:
        operations.take(first.pk, by=desk.by(agent))
    picture = add(desk, first, agent, samples.picture("PNG", (900, 600)), f"{MARK}.png")
    desk.reply(first, agent, f"Hello {MARK}", files=[picture.pk])
    noted = add(desk, first, agent, f"{MARK} in bytes".encode(), f"{MARK}.txt")
    operations.add_note(first.pk, f"Note on {MARK}", by=desk.by(agent), files=[noted.pk])
    add(desk, first, agent, b"left in the composer", f"{MARK} unsent.txt")
    # The flow is started anew: the ticket gets another uuid of the engine.
    opened(desk, ticket_uuid=f"{MARK}-2", callback_url=f"{address}/2")
    desk.close(first)
    second = opened(desk, f"{MARK}-other", f"telegram:{MARK}")
    desk.close(second)
    operations.merge_contacts(first.contact, second.contact, by=desk.by())
    delivered()
    return fresh(second)


def add(desk: Desk, ticket: Ticket, by: User, raw: bytes, name: str) -> Upload:
    return operations.add_file(ticket.pk, BytesIO(raw), name, by=desk.by(by))


def start_for(desk: Desk, agent: User, **values: Any) -> Start:
    values = {"engine_contact": MARK, "urn": URN, "name": MARK, "person_key": f"contact:{uuid4()}", **values}
    return Start.objects.create(
        project=desk.project, sector=desk.sector, by=agent, batch=uuid4(), flow_uuid="f", flow_name="Flow", **values
    )


def counted(desk: Desk) -> list[Any]:
    """Return what reports say of the project, and what they are counted from."""
    selection = Selection(desk.member(desk.administrator), Filters())
    total = figures.summary(selection)
    return [
        total,
        [by(selection, 2) for by in (figures.by_sector, figures.by_queue, figures.by_tag, figures.by_agent)],
        figures.counts_by_day(selection),
        figures.opened_by_hour(selection),
        list(Message.objects.order_by("pk").values_list("ticket", "number", "kind", "user", "created_on", "seen_at")),
        list(Ticket.objects.order_by("pk").values_list("protocol", "opened_at", "closed_at", "agent", "line_count")),
    ]


class TestErasing:
    def test_nothing_is_left_and_no_figure_changes(self, desk: Desk, agent: User, folder: Path) -> None:
        ticket = talked_about(desk, agent)
        start_for(desk, agent, contact=ticket.contact, state=StartState.OPENED, ticket=ticket, words=MARK)
        start_for(desk, agent, person_key=f"tel:{NUMBER}", state=StartState.UNCLEAR, engine_start="1")
        before, starts = counted(desk), Start.objects.count()
        # Made of the words, so that they could be guessed.
        [digest] = Message.objects.exclude(history_key="").values_list("history_key", flat=True)
        told = AuditEntry.objects.filter(action=TOLD_BEFORE).values_list("target_name", flat=True)
        assert MARK in str(list(told))
        found = left_in_database()
        for table in ("contact", "ticket", "message", "attachment", "upload", "delivery", "replacedticketuuid"):
            assert f"tickets_{table}" in found, table
        # A picture, its small one, a text, and what was not sent.
        assert len(files_in(folder)) == 4

        operations.erase_contact(ticket.contact, by=desk.by())
        run_worker()

        assert left_in_database((*MARKS, digest)) == {}
        assert files_in(folder) == []
        assert counted(desk) == before
        assert Start.objects.count() == starts
        for start in Start.objects.all():
            assert (start.label, start.may_be_started_again) == ("Erased contact", False)
        for model in (Attachment, Upload, Delivery, ReplacedTicketUuid):
            assert not model.objects.exists()
        [entry] = AuditEntry.objects.filter(action="contact.erased")
        assert (entry.target_name, entry.before, entry.after) == ("Erased contact", None, None)
        assert MARK in str(list(told))

    def test_it_is_shown_as_erased_wherever_it_was_shown(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        first = Ticket.objects.order_by("opened_at")[0]
        operations.erase_contact(ticket.contact, by=desk.by())
        lines = [*history_before(first).lines, *page_before(first).lines]
        said = [line for line in lines if not line.is_event]
        assert {line.text for line in said} == {"Erased"}
        assert len(said) == 4
        browser = Browser(desk.administrator, desk.project)
        for page in (
            reverse("reports:ticket", args=[desk.project.pk, first.pk]),
            reverse("reports:history", args=[desk.project.pk]),
            reverse("tickets:contact", args=[desk.project.pk, ticket.contact_id]),
        ):
            shown = browser.client.get(page).content.decode()
            assert "Erased contact" in shown, page
            assert MARK not in shown
            assert reverse("tickets:contact_erase", args=[desk.project.pk, ticket.contact_id]) not in shown
        rest = browser.client.get(f"/api/v1/projects/{desk.project.pk}/tickets/{first.pk}/").json()
        assert {line["text"] for line in rest["lines"]["results"] if line["kind"] != "event"} == {"Erased"}
        program = engine_for(desk, scopes=[TokenScope.READ])
        for path in ("/msgs/", "/room_messages/"):
            read = program.call("GET", path, {"room": str(first.pk)}).content.decode()
            assert "Erased" in read
            assert MARK not in read
        export = browser.client.get(reverse("reports:export_csv", args=[desk.project.pk]))
        assert b"Erased contact" in b"".join(export.streaming_content)

    def test_a_second_time_changes_nothing(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        operations.erase_contact(ticket.contact, by=desk.by())
        stored = list(Contact.objects.order_by("pk").values())
        operations.erase_contact(ticket.contact, by=desk.by())
        assert list(Contact.objects.order_by("pk").values()) == stored
        assert AuditEntry.objects.filter(action="contact.erased").count() == 1

    def test_others_are_left_alone(self, desk: Desk, agent: User) -> None:
        other = opened(desk, "somebody", "telegram:5")
        desk.message(other, "Mine")
        desk.close(other)
        elsewhere = Desk.set_up()
        same = opened(elsewhere)
        stored = [list(Contact.objects.filter(pk=t.contact_id).values()) for t in (other, same)]
        ticket = talked_about(desk, agent)
        operations.erase_contact(ticket.contact, by=desk.by())
        assert [list(Contact.objects.filter(pk=t.contact_id).values()) for t in (other, same)] == stored
        assert Message.objects.get(ticket=other).text == "Mine"

    def test_answers_kept_for_an_engine_are_forgotten(self, desk: Desk, agent: User) -> None:
        engine: FlowEngine = engine_for(desk)
        engine.base = f"/v1/generic/{desk.sector.pk}/v1/tickets"
        body = {
            "ticket_id": str(uuid4()),
            "contact": {"uuid": MARK, "name": MARK, "urn": URN},
            "metadata": {"webhook_base_url": f"https://flow.example.org/{MARK}"},
        }
        answer = engine.call("POST", "", body, headers={"Idempotency-Key": "1"})
        other = {
            "ticket_id": str(uuid4()),
            "contact": {"uuid": "else", "name": "Else", "urn": "ext:2"},
            "metadata": {"webhook_base_url": "https://flow.example.org/"},
        }
        engine.call("POST", "", other, headers={"Idempotency-Key": "2"})
        ticket = Ticket.objects.get(contact__external_id=MARK)
        assert answer.json()["external_id"] == str(ticket.external_id)
        desk.close(ticket)
        delivered()
        operations.erase_contact(ticket.contact, by=desk.by())
        [kept] = IdempotentAnswer.objects.all()
        assert kept.key == "2"
        # The engine's name of the ticket is nobody's now, so it can't be reopened.
        assert fresh(ticket).external_id not in (None, ticket.external_id)
        assert engine.call("POST", f"/{ticket.external_id}/reopen", {}).status_code == 404
        assert left_in_database() == {}


class TestAfterwards:
    def test_who_writes_again_is_somebody_new(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        operations.erase_contact(ticket.contact, by=desk.by())
        people = set(Contact.objects.values_list("pk", flat=True))
        again = [opened(desk), opened(desk, "another id", URN)]
        assert again[0] == again[1]
        assert again[0].main_contact_id not in people
        assert operations.join_pending_contacts() == 0
        assert Contact.objects.filter(main__in=people).count() == len(people)
        assert again[0].contact.name == f"Ana {MARK}"

    def test_nobody_is_merged_with_them(self, desk: Desk, agent: User) -> None:
        gone, here = talked_about(desk, agent).contact, desk.closed_ticket().contact
        operations.erase_contact(gone, by=desk.by())
        with pytest.raises(errors.ContactErased):
            operations.merge_contacts(here, gone, by=desk.by())
        assert not ContactsApart.objects.exists()

    def test_their_tickets_take_nothing_any_more(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        operations.erase_contact(ticket.contact, by=desk.by())
        # Within the minutes in which a closed ticket takes messages.
        with pytest.raises(errors.TicketClosed):
            operations.receive(ticket.pk, f"Still {MARK}")
        for write in (
            lambda: operations.add_history(ticket.pk, [HistoryLine(True, timezone.now(), MARK)]),
            lambda: operations.add_note(ticket.pk, MARK, by=desk.by()),
            lambda: operations.update_ticket(ticket, custom_fields={"a": MARK}),
            lambda: opened(desk, f"erased-{ticket.contact_id}"),
        ):
            with refused("contact_erased"):
                write()
        assert left_in_database() == {}


class TestRefused:
    def test_while_a_ticket_is_open(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        opened(desk, f"{MARK}-other", "")
        with refused("has_open_ticket"):
            operations.erase_contact(ticket.contact, by=desk.by())
        assert not Message.objects.filter(is_erased=True).exists()

    def test_while_the_flow_has_to_be_told(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state=DeliveryState.SENDING)
        with refused("callbacks_pending"):
            operations.erase_contact(ticket.contact, by=desk.by())

    def test_while_a_conversation_is_being_started(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        start_for(desk, agent, contact=ticket.contact, state=StartState.QUEUED)
        with refused("already_starting"):
            operations.erase_contact(ticket.contact, by=desk.by())

    def test_to_all_but_administrators_of_the_project(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        elsewhere = Desk.set_up()
        for by in (desk.by(agent), desk.by(desk.manager()), elsewhere.by()):
            with pytest.raises(NotAllowed):
                operations.erase_contact(ticket.contact, by=by)

    def test_by_the_database_around_the_code(self, desk: Desk, agent: User) -> None:
        ticket = talked_about(desk, agent)
        with refused_by("contact_erased_is_empty"):
            Contact.objects.filter(pk=ticket.contact_id).update(erased_at=timezone.now())
        with refused_by("message_erased_is_empty"):
            Message.objects.exclude(text="").update(is_erased=True)
        operations.erase_contact(ticket.contact, by=desk.by())
        for values in ({"name": "Ana"}, {"external_id": "a"}, {"urn": "tel:1"}, {"join_pending": True}):
            with refused_by("contact_erased_is_empty"):
                Contact.objects.filter(pk=ticket.contact_id).update(**values)
        with refused_by("message_erased_is_empty"):
            Message.objects.filter(is_erased=True).update(text="Said")


def test_the_page_asks_and_does(desk: Desk, agent: User) -> None:
    ticket = talked_about(desk, agent)
    browser = Browser(desk.administrator, desk.project)
    page = reverse("tickets:contact", args=[desk.project.pk, ticket.contact_id])
    erase = reverse("tickets:contact_erase", args=[desk.project.pk, ticket.contact_id])
    assert erase in browser.client.get(page).content.decode()
    asked = browser.client.get(erase).content.decode()
    for words in ("2 tickets · 4 messages · 4 files", "be undone", "Tickets stay", "is a new contact"):
        assert words in asked, words
    answer = browser.client.post(erase)
    assert answer.status_code == 302
    assert answer.url == reverse("reports:history", args=[desk.project.pk])
    assert "The contact was erased." in browser.client.get(answer.url).content.decode()
    assert Contact.objects.get(pk=ticket.contact_id).is_erased
