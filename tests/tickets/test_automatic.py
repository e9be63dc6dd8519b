"""Automatic messages: when a sector writes to a contact by itself (docs/rules.md, Automatic messages)."""

import pytest
from django.db import transaction
from django.utils import timezone

from tests.builders import fresh
from tickets import operations, wire
from tickets.models import DeliveryState, MessageKind
from tickets.operations.locking import lock_row
from tickets.transcript import page_before

pytestmark = pytest.mark.django_db


def say(ticket, text="We are still here.", moment="warning"):
    with transaction.atomic():
        row = lock_row(ticket.pk)
        message = operations.say(row, text, moment, timezone.now())
        row.save()
    return message


class TestSaying:
    def test_it_is_a_line_of_its_own_kind_on_its_way_to_the_contact(self, desk):
        ticket = desk.open_ticket(callback_url="http://127.0.0.1:1/")
        message = say(ticket)
        assert (message.kind, message.delivery) == (MessageKind.AUTOMATIC, DeliveryState.SENDING)
        assert message.outbox.number == message.number == fresh(ticket).line_count
        [line] = [line for line in page_before(ticket).lines if line.kind == "auto"]
        assert (line.author, line.text, line.side) == ("Automatic message", "We are still here.", "auto")

    def test_it_answers_nothing(self, desk):
        agent = desk.agent_online()
        ticket = desk.open_ticket()
        desk.message(ticket, "Where is my order?")
        before = fresh(ticket)
        say(ticket)
        after = fresh(ticket)
        assert ticket.agent == agent
        assert after.first_response_at is None
        for name in ("unanswered_since", "unread_count", "last_message_text", "silent_since"):
            assert getattr(after, name) == getattr(before, name)

    def test_on_the_wire_it_is_nobody_s_and_says_what_for(self, desk):
        ticket = desk.open_ticket()
        shown = wire.message(say(ticket), ticket)
        assert (shown["user"], shown["contact"], shown["metadata"]) == (None, None, {"automatic": "warning"})

    def test_without_an_address_it_is_stored_only(self, desk):
        message = say(desk.open_ticket())
        assert message.delivery == DeliveryState.NONE
        assert not hasattr(message, "outbox")
