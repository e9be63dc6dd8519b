"""Callbacks, over real HTTP by the real worker (docs/flow.md, Callbacks)."""

import base64
import hashlib
import hmac
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.builders import fresh
from tests.flow import engine_for
from tests.races.parallel import overlapping, succeeded
from tests.serving import ROOT
from tickets import operations
from tickets.models import Delivery, DeliveryState, Message, SigningSecret, Ticket
from tickets.webhooks import delivery, outbox, signing

from .tools import TO_THE_END, opened, pass_time, retry, run_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("callbacks_allowed")]


#: Seconds that a text is leased for.
LEASE = 60


@pytest.fixture
def agent(desk):
    return desk.agent_online(limit=20)


def own_signature(secret, request):
    """As docs/flow.md has it."""
    signed = request.headers["x-weni-timestamp"].encode() + b"." + request.raw
    return "sha256=" + hmac.new(secret.text.encode(), signed, hashlib.sha256).hexdigest()


def standard_signature(secret, request):
    """As Standard Webhooks has it."""
    key = base64.b64decode(secret.standard.removeprefix("whsec_"))
    name, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    digest = hmac.digest(key, f"{name}.{timestamp}.".encode() + request.raw, "sha256")
    return "v1," + base64.b64encode(digest).decode()


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
        [secret] = signing.secrets_of(desk.project.pk, timezone.now())
        assert request.headers["x-weni-signature"] == own_signature(secret, request)
        assert request.headers["webhook-signature"] == standard_signature(secret, request)
        assert request.headers["webhook-id"] == request.headers["x-weni-delivery"]
        assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60

    def test_both_secrets_sign_for_a_day_after_a_rotation(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        [old] = signing.secrets_of(desk.project.pk, timezone.now())
        operations.rotate_signing_secret(desk.project, by=desk.by())
        desk.reply(ticket, agent)
        run_worker()
        [new, before] = signing.secrets_of(desk.project.pk, timezone.now())
        assert (before, new != old) == (old, True)
        [request] = receiver.received
        both = f"{standard_signature(new, request)} {standard_signature(old, request)}"
        assert request.headers["webhook-signature"] == both
        assert request.headers["x-weni-signature"] == own_signature(old, request)
        assert request.headers["x-weni-signature-next"] == own_signature(new, request)
        SigningSecret.objects.update(rotated_at=timezone.now() - timedelta(hours=25))
        desk.reply(ticket, agent)
        run_worker()
        request = receiver.received[-1]
        assert request.headers["webhook-signature"] == standard_signature(new, request)
        assert request.headers["x-weni-signature"] == own_signature(new, request)
        assert "x-weni-signature-next" not in request.headers

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

    def test_the_first_comes_when_the_engine_has_stored_its_ticket(self, desk, agent, receiver):
        room = engine_for(desk).open(sector_uuid=str(desk.sector.pk), callback_url=receiver.url).json()
        ticket = Ticket.objects.get(pk=room["uuid"])
        assert ticket.callbacks_from == ticket.opened_at + timedelta(seconds=2)
        # Longer than the test may take.
        Ticket.objects.filter(pk=ticket.pk).update(callbacks_from=timezone.now() + timedelta(hours=1))
        desk.reply(ticket, agent, "A")
        desk.reply(ticket, agent, "B")
        run_worker()
        retry()
        assert receiver.received == []
        pass_time(hours=1)
        retry()
        assert receiver.texts == ["A", "B"]

    def test_a_file_is_given_more_time_than_a_text(self, desk, agent, receiver):
        ticket = opened(desk, receiver)
        upload = operations.add_file(ticket.pk, BytesIO(b"text"), "a.txt", by=desk.by(agent))
        desk.reply(ticket, agent, "A", files=[upload.pk])
        allowed = []
        while parcel := delivery.claim_next(ticket.pk):
            allowed.append(parcel.patience)
            assert Delivery.objects.get(pk=parcel.delivery).next_attempt_at > timezone.now() + timedelta(
                seconds=parcel.patience
            )
            delivery.settle(parcel, delivery.Outcome(True))
        assert allowed == [60, 30]


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


def process_worker(loan: float = LEASE) -> subprocess.Popen:
    """Start a worker process on the test's database; a loan shorter than in production saves the test's time."""
    # One that waits for jobs is stopped at the test's end; what it has at hand then is of no interest.
    patience = 5 if loan < LEASE else TO_THE_END
    code = (
        "import django; django.setup()\n"
        "from datetime import timedelta\n"
        "from tickets.webhooks import delivery, retries\n"
        f"retries.PATIENCE, delivery.LEASE_MARGIN = {loan / 2}, timedelta(seconds={loan / 2})\n"
        "from procrastinate.contrib.django import app\n"
        "with app.replace_connector(app.connector.get_worker_connector()) as worker:\n"
        f"    worker.run_worker(wait={loan < LEASE}, fetch_job_polling_interval=0.2,"
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
        pass_time(seconds=LEASE + 1)
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
        pass_time(seconds=LEASE + 1)
        new = delivery.claim_next(ticket.pk)
        assert delivery.settle(old, delivery.Outcome(False, "timeout")) is False
        row = Delivery.objects.get()
        assert row.last_error == ""
        assert row.next_attempt_at > timezone.now() + timedelta(seconds=LEASE / 2)
        assert delivery.settle(new, delivery.Outcome(True)) is True

    def test_an_outcome_that_comes_while_the_ticket_is_transferred(self, desk, agent, receiver):
        ticket, other = opened(desk, receiver), desk.add_queue()
        desk.reply(ticket, agent)
        parcel = delivery.claim_next(ticket.pk)
        succeeded(
            overlapping(
                lambda: operations.transfer_to_queue(ticket.pk, other, by=desk.by(agent)),
                lambda: delivery.settle(parcel, delivery.Outcome(True)),
            )
        )
        assert Delivery.objects.get().state == DeliveryState.SENT


def test_the_page_is_told(desk, agent, receiver, monkeypatch):
    told = []
    monkeypatch.setattr("tickets.live_events.publish", lambda topics, kind, **ids: told.append((kind, ids["what"])))
    desk.reply(opened(desk, receiver), agent)
    told.clear()
    run_worker()
    assert told == [("message", "delivery")]
