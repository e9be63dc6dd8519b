"""Hosts of callbacks that fail: what waits while one delivery at a time finds out whether they answer."""

import threading
import time
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from tests.builders import Desk
from tests.races.parallel import at_once, succeeded
from tickets import operations
from tickets.models import Delivery, DeliveryState, Held, HostCircuit, HostPause, Message, Ticket
from tickets.webhooks import delivery, retries
from tickets.webhooks.hosts import THRESHOLD, host_of

from .tools import opened, pass_time, retry, run_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("callbacks_allowed")]
ELSEWHERE = "https://elsewhere.example.org/callback"


@pytest.fixture
def agent(desk):
    return desk.agent_online(limit=50)


def let_fail(desk, agent, receiver, count=THRESHOLD):
    """Let deliveries of so many rooms fail, one room after the other; no probe is due for a while."""
    for n in range(count):
        desk.reply(opened(desk, receiver), agent, f"failing {n}")
        run_worker()
    HostCircuit.objects.filter(opened_at__isnull=False).update(probe_at=timezone.now() + timedelta(hours=1))


def attempts():
    return Delivery.objects.aggregate(total=Sum("attempts"))["total"]


def let_probe():
    """Let the time of the next probe come."""
    HostCircuit.objects.update(probe_at=timezone.now())
    retry()


@pytest.mark.parametrize("manner", ["hangs", "refuses", "hangs up", "500", "503"])
def test_a_host_that_fails_is_tried_by_one_delivery_at_a_time(desk, agent, receiver, manner, monkeypatch):
    monkeypatch.setattr(retries, "PATIENCE", 0.5)
    if manner == "refuses":
        receiver.shutdown()
        receiver.server_close()
    receiver.answers = {
        "hangs": lambda _r, _h: time.sleep(3),
        "hangs up": lambda _r, handler: handler.connection.close(),
    }.get(manner, lambda _r, _h: int(manner))
    let_fail(desk, agent, receiver)
    circuit = HostCircuit.objects.get()
    assert (circuit.host, circuit.failures) == (host_of(receiver.url), THRESHOLD)
    assert circuit.opened_at
    others = [desk.reply(opened(desk, receiver), agent, f"waiting {n}") for n in range(3)]
    run_worker()
    waiting = Delivery.objects.filter(message__in=others)
    assert {(row.attempts, row.held) for row in waiting} == {(0, Held.CIRCUIT)}, "they spend no attempts"
    before = attempts()
    let_probe()
    assert attempts() == before + 1
    circuit.refresh_from_db()
    assert circuit.probe_at > timezone.now()


def test_the_first_answer_lets_everything_through(desk, agent, receiver):
    receiver.answers = lambda _r, _h: 502
    let_fail(desk, agent, receiver)
    others = [desk.reply(opened(desk, receiver), agent, f"waiting {n}") for n in range(3)]
    run_worker()
    receiver.answers = lambda _r, _h: 200
    retry()
    assert len(receiver.received) == THRESHOLD, "no probe is due"
    let_probe()
    assert not HostCircuit.objects.exists()
    retry()
    assert set(Message.objects.filter(pk__in=[row.pk for row in others]).values_list("delivery", flat=True)) == {
        "sent"
    }
    passed = sorted(text for text in receiver.texts if text.startswith("waiting"))
    assert passed == ["waiting 0", "waiting 1", "waiting 2"], "each once"


def test_a_host_that_refuses_answers(desk, agent, receiver):
    receiver.answers = lambda r, _h: {"failing 0": 500, "failing 2": 429}.get(r.text, 400)
    let_fail(desk, agent, receiver, 4)
    assert not HostCircuit.objects.exists()


def test_one_delivery_alone_says_nothing_about_its_host(desk, agent, receiver):
    receiver.answers = lambda _r, _h: 500
    desk.reply(opened(desk, receiver), agent)
    run_worker()
    for _ in range(THRESHOLD):
        pass_time(hours=4)
        retry()
    assert Delivery.objects.get().attempts > THRESHOLD
    assert HostCircuit.objects.get().opened_at is None


def test_one_of_many_at_once_is_the_probe(desk, agent, receiver):
    receiver.answers = lambda _r, _h: 500
    let_fail(desk, agent, receiver)
    tickets = [opened(desk, receiver) for _ in range(4)]
    for ticket in tickets:
        desk.reply(ticket, agent)
    run_worker()
    HostCircuit.objects.update(probe_at=timezone.now())
    claimed = at_once(*(lambda pk=ticket.pk: delivery.claim_next(pk) for ticket in tickets))
    assert len([attempt for attempt in claimed if attempt]) == 1


def test_one_who_claims_and_one_who_resumes_do_not_deadlock(desk, agent):
    """What goes to two addresses of one host, one of which waits for its next attempt."""
    ticket = desk.open_ticket(callback_url="https://flows.example.org/new")
    for text in ("failed once", "behind it"):
        desk.reply(ticket, agent, text)
    first, second = ticket.deliveries.all()
    Delivery.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    left = Delivery.objects.create(
        ticket=ticket, project=desk.project, number=99, kind="room.update", url="https://flows.example.org/former"
    )
    Delivery.objects.update(host="flows.example.org")
    HostPause.objects.create(project=desk.project, host="flows.example.org", by=desk.administrator)
    taken, over = threading.Event(), threading.Event()

    def hold_the_pause(execute, sql, *rest):
        result = execute(sql, *rest)
        if sql.startswith("DELETE"):
            taken.set()
            over.wait(0.4)
        return result

    def resume():
        with connection.execute_wrapper(hold_the_pause):
            operations.resume_host(desk.project, "flows.example.org", by=desk.by())

    def claim():
        taken.wait(60)
        return delivery.claim_next(ticket.pk)

    _none, claimed = succeeded(at_once(resume, claim))
    assert claimed.delivery == left.pk
    second.refresh_from_db()
    assert second.next_attempt_at > timezone.now()
    # There is no line of a conversation for it.
    left.delete()


def test_an_outcome_outlives_a_deadlock(desk, agent):
    ticket = desk.open_ticket(callback_url=ELSEWHERE)
    message = desk.reply(ticket, agent)
    claimed = delivery.claim_next(ticket.pk)

    def lock_in_the_wrong_order():
        Delivery.objects.select_for_update().get(pk=claimed.delivery)
        locked.set()
        wait_until_it_blocks_another()
        # Who has waited longest notices the deadlock after a second, and gives way.
        time.sleep(0.5)
        Ticket.objects.select_for_update().get(pk=ticket.pk)

    def settle():
        locked.wait(60)
        return delivery.settle(claimed, delivery.Outcome(True))

    locked = threading.Event()
    _other, may_go_on = at_once(transaction.atomic(lock_in_the_wrong_order), settle)
    assert may_go_on is True
    message.refresh_from_db()
    assert message.delivery == DeliveryState.SENT


def wait_until_it_blocks_another():
    with connection.cursor() as cursor:
        blocked = False
        while not blocked:
            time.sleep(0.02)
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            [blocked] = cursor.fetchone()


def test_what_has_waited_for_a_day_has_failed(desk, agent, receiver):
    receiver.answers = lambda _r, _h: 500
    let_fail(desk, agent, receiver)
    message = desk.reply(opened(desk, receiver), agent)
    run_worker()
    pass_time(hours=25)
    delivery.claim_next(message.ticket_id)
    message.refresh_from_db()
    assert (message.delivery, message.deliveries.get().failure) == (DeliveryState.FAILED, "unreachable")


def test_hosts_are_read_alike_by_the_program_and_by_the_migration(desk: Desk) -> None:
    addresses = {
        "https://flows.example.org/callback?a=b@c": "flows.example.org",
        "https://Flows.Example.org:443/callback": "flows.example.org",
        "http://name:word@flows.example.org:8080": "flows.example.org:8080",
        "http://flows.example.org:80?x": "flows.example.org",
        "http://[2001:db8::1]:8000/": "[2001:db8::1]:8000",
        "https://[2001:db8::1]/": "[2001:db8::1]",
        "/callback/1": "",
        "ftp://flows.example.org/": "",
    }
    for address, host in addresses.items():
        assert host_of(address) == host
        ticket = desk.open_ticket(callback_url="https://somewhere.example.org")
        Delivery.objects.create(ticket=ticket, project=desk.project, number=1, kind="room.update", host="?")
        Ticket.objects.filter(pk=ticket.pk).update(callback_url=address)
    with connection.cursor() as cursor:
        cursor.execute(import_module("tickets.migrations.0010_callback_hosts").FILL)
    assert {row.ticket.callback_url: row.host for row in Delivery.objects.select_related("ticket")} == addresses
