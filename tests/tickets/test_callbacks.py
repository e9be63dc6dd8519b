"""Callbacks, over real HTTP by the real worker (docs/flow.md, Callbacks)."""

import hashlib
import hmac
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.errors import NotAllowed
from tests.builders import fresh
from tests.flow import engine_for
from tests.serving import ROOT
from tickets import operations
from tickets.models import Delivery, DeliveryState, Message
from tickets.webhooks import delivery, outbox, signing

from .tools import TO_THE_END, give_up, pass_time, retry, run_worker

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.fixture
def agent(desk):
    return desk.agent_online(limit=20)


def opened(desk, receiver, **values):
    return desk.open_ticket(callback_url=receiver.url, **values)


class TestDelivering:
    def test_an_answer_of_the_agent(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        message = desk.reply(ticket, agent, "Olá 🙂")
        assert message.delivery == DeliveryState.SENDING
        run_worker()
        [request] = receiver.received
        assert request.path == "/callback?ticket=1"
        assert request.headers["content-type"] == "application/json"
        content = request.body["content"]
        assert request.body["type"] == "msg.create"
        assert set(content) == {"uuid", "user", "room", "contact", "text", "seen", "media", "created_on"}
        assert content["uuid"] == str(message.pk)
        assert content["room"] == str(ticket.pk)
        assert content["text"] == "Olá 🙂"
        assert content["user"]["email"] == agent.email
        assert content["contact"] is None
        assert content["media"] == []
        message.refresh_from_db()
        assert message.delivery == DeliveryState.SENT
        assert message.deliveries.get().delivered_at is not None

    def test_the_signature_can_be_checked(self, desk, agent, receiver):
        desk.reply(opened(desk, receiver), agent)
        run_worker()
        [request] = receiver.received
        secret = signing.secret_of(desk.project.pk)
        stamp = request.headers["x-weni-timestamp"]
        expected = hmac.new(secret.encode(), stamp.encode() + b"." + request.raw, hashlib.sha256).hexdigest()
        assert request.headers["x-weni-signature"] == f"sha256={expected}"
        assert abs(int(stamp) - time.time()) < 60

    def test_closing_by_a_person_tells_the_flow(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        desk.close(ticket, by=agent)
        run_worker()
        [request] = receiver.received
        assert request.body["type"] == "room.update"
        room = request.body["content"]
        assert (room["uuid"], room["is_active"]) == (str(ticket.pk), False)
        assert room["ended_at"]
        assert room["user"]["email"] == agent.email

    def test_what_the_flow_knows_is_not_told(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        flow = engine_for(desk)
        flow.say(str(ticket.pk), "From the contact")
        operations.add_note(ticket.pk, "Internal", by=desk.by(agent))
        flow.call("PATCH", f"/rooms/{ticket.pk}/close/", None)
        run_worker()
        assert receiver.received == []

    def test_without_an_address_nothing_is_sent(self, desk, agent):
        message = desk.reply(desk.open_ticket(), agent)
        assert message.delivery == DeliveryState.NONE
        assert not Delivery.objects.exists()

    def test_a_change_that_is_undone_sends_nothing(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        with pytest.raises(RuntimeError), transaction.atomic():
            desk.reply(ticket, agent)
            raise RuntimeError
        run_worker()
        assert receiver.received == []
        assert not Delivery.objects.exists()

    def test_the_address_of_the_moment_counts(self, desk, agent, receiver):
        ticket = desk.open_ticket(callback_url="http://127.0.0.1:1/gone")
        desk.reply(ticket, agent, "A")
        operations.update_ticket(ticket, callback_url=receiver.url)
        run_worker()
        assert receiver.texts == ["A"]

    def test_an_address_that_a_room_has_left_is_told_that_it_is_closed(self, desk, agent, receiver):
        ticket = desk.open_ticket(callback_url="http://127.0.0.1:1/gone")
        with transaction.atomic():
            outbox.enqueue(ticket, Delivery.Kind.UPDATE, url=receiver.url)
        run_worker()
        [request] = receiver.received
        room = request.body["content"]
        assert request.body["type"] == "room.update"
        assert (room["uuid"], room["is_active"], room["callback_url"]) == (str(ticket.pk), False, receiver.url)
        assert room["ended_at"]
        assert fresh(ticket).is_open


class TestOrder:
    def test_in_a_room_one_after_the_other(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        receiver.answers = lambda _r, _h: time.sleep(0.02) or 200
        for n in range(12):
            desk.reply(ticket, agent, f"{n}")
        desk.close(ticket, by=agent)
        run_worker()
        assert receiver.texts == [f"{n}" for n in range(12)]
        assert receiver.received[-1].body["type"] == "room.update"

    def test_a_later_one_waits_for_the_earlier(self, desk, agent, receiver):
        ticket, other = opened(desk, receiver), opened(desk, receiver)
        receiver.answers = lambda r, _h: 500 if r.text == "A" else 200
        for text in "ABC":
            desk.reply(ticket, agent, text)
        desk.reply(other, agent, "elsewhere")
        run_worker()
        assert sorted(receiver.texts) == ["A", "elsewhere"]
        retry()
        assert receiver.texts.count("A") == 1, "the pause is not over"
        receiver.answers = lambda _r, _h: 200
        pass_time(seconds=6)
        retry()
        assert [t for t in receiver.texts if t != "elsewhere"] == ["A", "A", "B", "C"]

    def test_two_workers_at_once(self, desk, agent, receiver):
        tickets = [opened(desk, receiver) for _ in range(4)]
        receiver.answers = lambda _r, _h: time.sleep(0.01) or 200
        for n in range(8):
            for ticket in tickets:
                desk.reply(ticket, agent, f"{n}")
        workers = [threading.Thread(target=run_process_worker) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        run_worker()
        by_room = {}
        for request in receiver.received:
            by_room.setdefault(request.body["content"]["room"], []).append(request.text)
        repeated = Delivery.objects.exclude(attempts=1).values_list("attempts", "state", "last_error")
        assert (list(by_room.values()), list(repeated)) == ([[f"{n}" for n in range(8)]] * 4, [])


def process_worker(loan: float = 20) -> subprocess.Popen:
    """Start a worker process on the test's database; a loan shorter than in production saves the test's time."""
    # One that waits for jobs is stopped at the test's end; what it has at hand then is of no interest.
    patience = 5 if loan < 20 else TO_THE_END
    code = (
        "import django; django.setup()\n"
        "from datetime import timedelta\n"
        "from tickets.webhooks import delivery\n"
        f"delivery.LOAN = timedelta(seconds={loan})\n"
        "from procrastinate.contrib.django import app\n"
        "with app.replace_connector(app.connector.get_worker_connector()) as worker:\n"
        f"    worker.run_worker(wait={loan < 20}, fetch_job_polling_interval=0.2,"
        f" shutdown_graceful_timeout={patience})\n"
    )
    base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    env = {
        **os.environ,
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "weni_chats.settings",
        "CALLBACK_ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env)


def run_process_worker() -> None:
    assert process_worker().wait(180) == 0


class TestFailing:
    @pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503, 301, 302, 307, 308])
    def test_anything_but_a_2xx_is_tried_again(self, desk, agent, receiver, status):
        message = desk.reply(opened(desk, receiver), agent)
        receiver.answers = lambda _r, _h: status
        before = timezone.now()
        run_worker()
        row = Delivery.objects.get()
        assert (row.state, row.attempts) == (DeliveryState.SENDING, 1)
        assert str(status) in row.last_error
        assert before < row.next_attempt_at - timedelta(seconds=5) < timezone.now()
        message.refresh_from_db()
        assert message.delivery == DeliveryState.SENDING
        receiver.answers = lambda _r, _h: 204
        pass_time(seconds=6)
        retry()
        message.refresh_from_db()
        assert message.delivery == DeliveryState.SENT

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
            pauses.append(round(pause.total_seconds()))
            pass_time(seconds=pause.total_seconds() + 0.1)
            retry()
        assert pauses[:5] == [5, 15, 60, 300, 900]
        assert pauses == sorted(pauses[:-1]) + pauses[-1:]
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

    def test_nobody_answers(self, desk, agent, receiver):
        gone = receiver.url
        receiver.shutdown()
        receiver.server_close()
        desk.reply(desk.open_ticket(callback_url=gone), agent)
        run_worker()
        assert Delivery.objects.get().last_error

    @pytest.mark.parametrize("manner", ["silent", "drip", "garbage", "hang up", "endless"])
    def test_a_receiver_that_behaves_badly_costs_no_more_than_its_time(
        self, desk, agent, receiver, manner, monkeypatch
    ):
        monkeypatch.setattr("tickets.webhooks.transport.PATIENCE", 1.0)
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


#: Seconds that a receiver misbehaves for.
AT_LENGTH = 60


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


class TestDeath:
    def test_a_worker_killed_in_the_middle(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        reached, release = threading.Event(), threading.Event()

        def hold_the_third(request, _handler):
            if request.text == "2" and not reached.is_set():
                reached.set()
                release.wait(120)
            return 200

        receiver.answers = hold_the_third
        for n in range(6):
            desk.reply(ticket, agent, f"{n}")
        first = process_worker(loan=2)
        assert reached.wait(90)
        first.kill()
        first.wait()
        desk.reply(ticket, agent, "6")
        second = process_worker(loan=2)
        try:
            receiver.wait_for(8, 120)
            time.sleep(0.3)
        finally:
            release.set()
            second.terminate()
            second.wait(60)
        assert receiver.texts == ["0", "1", "2", "2", "3", "4", "5", "6"]

    def test_a_lost_job_is_found(self, desk, agent, receiver):
        desk.reply(opened(desk, receiver), agent)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        retry()
        assert len(receiver.received) == 1

    def test_an_attempt_whose_outcome_was_never_written(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        desk.reply(ticket, agent)
        parcel = delivery.claim_next(ticket.pk)
        assert parcel is not None
        assert delivery.claim_next(ticket.pk) is None, "on loan"
        pass_time(seconds=21)
        retry()
        assert Delivery.objects.get().state == DeliveryState.SENT
        # The first one wakes up after all: what it knows is old.
        delivery.settle(parcel, delivery.Outcome(False, "late"))
        assert Delivery.objects.get().state == DeliveryState.SENT
        assert Message.objects.get(delivery="sent")

    def test_one_that_overlaps_does_not_spoil_the_next(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        desk.reply(ticket, agent)
        old = delivery.claim_next(ticket.pk)
        pass_time(seconds=21)
        new = delivery.claim_next(ticket.pk)
        assert delivery.settle(old, delivery.Outcome(False, "timeout")) is False
        row = Delivery.objects.get()
        assert row.last_error == ""
        assert row.next_attempt_at > timezone.now() + timedelta(seconds=10)
        assert delivery.settle(new, delivery.Outcome(True)) is True


def test_the_page_is_told(desk, agent, receiver, monkeypatch):
    told = []
    monkeypatch.setattr("tickets.live_events.publish", lambda topics, kind, **ids: told.append((kind, ids["what"])))
    desk.reply(opened(desk, receiver), agent)
    told.clear()
    run_worker()
    assert told == [("message", "delivery")]
