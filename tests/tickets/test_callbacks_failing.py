"""Callbacks that are refused, that nobody answers, and what is sent again (docs/flow.md, Callbacks)."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import NotAllowed
from tests.builders import fresh
from tests.receiver import in_thread
from tickets import operations
from tickets.jobs import deliver
from tickets.models import Delivery, DeliveryState, Message
from tickets.webhooks import delivery, retries

from .tools import give_up, opened, pass_time, retry, run_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("callbacks_allowed")]


@pytest.fixture
def agent(desk):
    return desk.agent_online(limit=20)


class TestFailing:
    @pytest.mark.parametrize("status", [301, 307, 402, 409, 429, 500, 503])
    def test_what_may_pass_is_tried_again(self, desk, agent, receiver, status):
        message = desk.reply(opened(desk, receiver), agent)
        receiver.answers = lambda _r, _h: status
        before = timezone.now()
        run_worker()
        row = Delivery.objects.get()
        assert (row.state, row.attempts, row.failure, row.status) == ("sending", 1, "status", status)
        assert before + timedelta(seconds=4) < row.next_attempt_at < timezone.now() + timedelta(seconds=6)
        message.refresh_from_db()
        assert message.delivery == DeliveryState.SENDING
        receiver.answers = lambda _r, _h: 204
        pass_time(seconds=7)
        retry()
        message.refresh_from_db()
        assert message.delivery == DeliveryState.SENT
        row.refresh_from_db()
        assert (row.failure, row.status) == ("", 204)

    def test_what_is_final_holds_nothing_up(self, desk, agent, receiver):
        final = [400, 401, 403, 405, 410, 413, 422]
        ticket = opened(desk, receiver)
        receiver.answers = lambda r, _h: int(r.text) if r.text.isdigit() else 200
        for status in final:
            desk.reply(ticket, agent, f"{status}")
        desk.reply(ticket, agent, "behind them")
        run_worker()
        assert receiver.texts == [*map(str, final), "behind them"]
        found = Message.objects.filter(ticket=ticket).order_by("number").values_list("delivery", flat=True)
        assert [*found] == ["failed"] * len(final) + ["sent"]

    def test_an_address_that_is_none_is_final(self, desk, agent):
        message = desk.reply(desk.open_ticket(callback_url="/callback/1"), agent)
        run_worker()
        message.refresh_from_db()
        assert (message.delivery, Delivery.objects.get().failure) == (DeliveryState.FAILED, "address")

    def test_a_room_that_is_not_known_is_waited_for_a_minute(self, desk, agent, receiver):
        """After that the room is given up: for the flow it is closed already."""
        ticket = opened(desk, receiver)
        message = desk.reply(ticket, agent)
        desk.close(ticket, by=agent)
        receiver.answers = lambda _r, _h: 404
        run_worker()
        for _ in range(2):
            row = Delivery.objects.get(message=message)
            assert row.state == DeliveryState.SENDING
            assert row.next_attempt_at <= row.not_found_since + timedelta(minutes=1)
            pass_time(seconds=30.5)
            retry()
        row = Delivery.objects.get(message=message)
        assert (row.state, row.attempts) == (DeliveryState.FAILED, 3)
        update = Delivery.objects.get(message=None)
        assert update.state == DeliveryState.SENDING
        pass_time(seconds=61)
        retry()
        update.refresh_from_db()
        assert (update.state, update.status) == (DeliveryState.SENT, 404)

    def test_what_the_receiver_answers_is_kept(self, desk, agent, receiver):
        desk.reply(opened(desk, receiver), agent)
        receiver.answers = lambda _r, handler: answer_at_length(handler)
        run_worker()
        row = Delivery.objects.get()
        assert (row.status, row.answer) == (413, ("é" * 3000).encode()[:2000].decode())

    def test_pauses_grow_until_a_day_has_passed(self, desk, agent, receiver, monkeypatch):
        message = desk.reply(opened(desk, receiver), agent, "A")
        later = desk.reply(fresh(message.ticket), agent, "B")
        receiver.answers = lambda r, _h: 500 if r.text == "A" else 200
        settled = []
        settle = delivery.settle

        def settle_and_note(*values: object) -> bool:
            settled.append(timezone.now())
            return settle(*values, now=settled[-1])

        monkeypatch.setattr("tickets.webhooks.delivery.settle", settle_and_note)
        run_worker()
        pauses = []
        for _ in range(40):
            row = Delivery.objects.get(message=message)
            if row.state != DeliveryState.SENDING:
                break
            pause = row.next_attempt_at - settled[-1]
            pauses.append(pause.total_seconds())
            pass_time(seconds=pause.total_seconds() + 0.1)
            retry()
        for pause, wanted in zip(pauses[:-1], [*retries.PAUSES, *[retries.PAUSES[-1]] * 9], strict=False):
            assert 0.8 * wanted <= pause <= 1.2 * wanted, pauses
        assert len({pause / wanted for pause, wanted in zip(pauses, retries.PAUSES, strict=False)}) > 1
        assert 86_000 < sum(pauses) < 87_000
        message.refresh_from_db()
        later.refresh_from_db()
        assert message.delivery == DeliveryState.FAILED
        assert later.delivery == DeliveryState.SENT, "the next one has its turn"

    def test_sending_again(self, desk, agent, receiver):
        message = desk.reply(opened(desk, receiver), agent)
        give_up(message, receiver)
        stranger = desk.agent_online()
        with pytest.raises(NotAllowed):
            operations.send_again(message.ticket_id, message.pk, by=desk.by(stranger))
        receiver.answers = lambda _r, _h: 200
        operations.send_again(message.ticket_id, message.pk, by=desk.by(agent))
        run_worker()
        message.refresh_from_db()
        assert message.delivery == DeliveryState.SENT
        assert len({r.body["content"]["uuid"] for r in receiver.received}) == 1

    def test_what_is_sent_again_goes_before_what_waits(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        first = desk.reply(ticket, agent, "first")
        receiver.answers = lambda _r, _h: 500
        run_worker()
        pass_time(hours=25)
        retry()
        desk.reply(ticket, agent, "second")
        run_worker()
        receiver.answers = lambda _r, _h: 200
        before = len(receiver.received)
        operations.send_again(ticket.pk, first.pk, by=desk.by(agent))
        run_worker()
        assert [r.body["content"]["text"] for r in receiver.received[before:]] == ["first", "second"]

    def test_who_is_not_there_is_asked_again_soon(self, desk, agent, receiver):
        """Nothing has arrived: nothing is repeated by trying again."""
        gone = receiver.url
        receiver.shutdown()
        receiver.server_close()
        desk.reply(desk.open_ticket(callback_url=gone), agent)
        run_worker()
        row = Delivery.objects.get()
        assert (row.state, row.failure) == (DeliveryState.SENDING, "unreachable")
        assert row.last_error
        assert row.next_attempt_at < timezone.now() + timedelta(seconds=3)

    @pytest.mark.parametrize("manner", ["silent", "drip", "garbage", "hang up", "endless"])
    def test_a_receiver_that_behaves_badly_costs_no_more_than_its_time(
        self, desk, agent, receiver, manner, monkeypatch
    ):
        monkeypatch.setattr("tickets.webhooks.retries.PATIENCE", 1.0)
        receiver.answers = lambda _r, handler: misbehave(manner, handler)
        desk.reply(opened(desk, receiver), agent)
        began = time.monotonic()
        run_worker()
        # Long before the receiver would have come to its end.
        assert time.monotonic() - began < AT_LENGTH / 2
        row = Delivery.objects.get()
        if manner == "endless":  # It said 200 before it went on without end.
            assert row.state == DeliveryState.SENT
        else:
            assert row.state == DeliveryState.SENDING
            assert row.last_error
            # It may have forwarded what it was sent, and would again.
            assert row.failure == ("timeout" if manner in ("silent", "drip") else "cut_off")
            assert row.next_attempt_at > timezone.now() + timedelta(seconds=80)


#: Seconds that a receiver misbehaves for.
AT_LENGTH = 60


def answer_at_length(handler):
    body = ("é" * 3000).encode()
    handler.send_response(413)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def misbehave(manner, handler):
    if manner == "silent":
        time.sleep(AT_LENGTH)
        return 200
    try:
        if manner == "garbage":
            handler.wfile.write(b"\x00\xff" * 50 + b"\r\n\r\n")
        elif manner == "hang up":
            handler.connection.close()
        elif manner == "drip":
            for byte in b"HTTP/1.1 200 OK" + b" and so on, but slowly" * AT_LENGTH:
                handler.wfile.write(bytes([byte]))
                time.sleep(0.2)
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            for _ in range(10 * AT_LENGTH):
                handler.wfile.write(b"x" * 100_000)
                time.sleep(0.1)
    except OSError:
        pass
    return None


def test_a_worker_that_ends_stores_what_became_of_its_callback(desk, agent, receiver):
    """Else what has arrived would be sent again."""
    message = desk.reply(opened(desk, receiver), agent)
    arrived, may_answer = threading.Event(), threading.Event()

    def slowly(_request, _handler):
        arrived.set()
        may_answer.wait(60)
        return 200

    async def abort():
        job = asyncio.ensure_future(deliver.func(str(message.ticket_id)))
        await asyncio.to_thread(arrived.wait, 60)
        job.cancel()
        await asyncio.sleep(0)
        may_answer.set()
        with pytest.raises(asyncio.CancelledError):
            await job

    receiver.answers = slowly
    pass_time(seconds=3)
    in_thread(lambda: asyncio.run(abort()))
    message.refresh_from_db()
    assert message.delivery == DeliveryState.SENT
