"""Messages both ways while everything fails in turn: what was lost, doubled, or came in another order.

The engine's client sends each message of a contact once. Agents answer as their browsers do: an answer that the page
did not get through is sent again with its key. Meanwhile processes are killed and replaced, and the engine's own
server does wrong. ``docs/flow.md``, *What was measured*, has the figures.
"""

import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import quantiles

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client

from tickets.models import Delivery, DeliveryState, Message, MessageKind

from .handler import Callback, Fault, Ticket
from .installation import POSTGRES, WEB, WORKER, Installation
from .places import Place, token
from .wenichats import Contact, Engine

#: Seconds that an answer's outcome takes to be stored at most: what is killed within them may forget it.
_FORGETS = 5.0
#: Seconds that Postgres may be away after it was killed.
_AWAY = 15.0
_AMBIGUOUS = frozenset({Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.HANG, Fault.HANG_AFTER})
_ROLL = "deploy"
#: Seconds that what is bound to come may take; a run that can't go on ends.
PATIENCE = 300.0


@dataclass(frozen=True)
class Plan:
    """How much, and what goes wrong.

    ``each`` are messages per ticket each way, ``pause`` the seconds between two of a ticket, ``rounds`` how often
    everything is killed, ``between`` the seconds between two of that. ``faults``: of so many callbacks, one goes
    wrong in that way. ``hurry``: what waits for minutes is due at once, as if they had passed.
    """

    tickets: int
    each: int
    pause: float
    rounds: int
    between: float
    faults: dict[Fault, int]
    hurry: bool = False


SHORT = Plan(
    tickets=12, each=10, pause=1.2, rounds=1, between=3.0, hurry=True,
    faults={Fault.ERROR: 13, Fault.DROP_BEFORE: 29, Fault.DROP_AFTER: 23, Fault.HANG: 80, Fault.HANG_AFTER: 100},
)  # fmt: skip
LONG = Plan(
    tickets=100, each=20, pause=18.0, rounds=3, between=8.0,
    faults={Fault.ERROR: 19, Fault.DROP_BEFORE: 97, Fault.DROP_AFTER: 89, Fault.HANG: 301, Fault.HANG_AFTER: 307},
)  # fmt: skip


class _Faults:
    """Decides what goes wrong with a callback. What the program can't know to be taken goes wrong once a message."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._number, self._lock = plan, 0, threading.Lock()
        self._had: set[str] = set()
        self.is_over = False

    def __call__(self, callback: Callback) -> Fault | None:
        with self._lock:
            self._number += 1
            found = [fault for fault, of in self._plan.faults.items() if self._number % of == of // 2]
            if self.is_over or not found:
                return None
            message = callback.json["content"]["uuid"]
            if found[0] in _AMBIGUOUS and message in self._had:
                return None
            self._had.add(message)
            return found[0]


@dataclass
class Report:
    """What came of it; ``problems`` is empty if nothing was lost."""

    figures: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def check(self, what: str, wrong: object) -> None:
        """Note a problem, if there is something wrong."""
        if wrong:
            self.problems.append(f"{what}: {wrong}")

    def __str__(self) -> str:
        width = max(map(len, self.figures))
        return "\n".join(f"{name:{width}}  {value}" for name, value in self.figures.items())


class Proof:
    """One run, in an installation that this process is connected to. ``say`` gets what happens."""

    def __init__(self, installation: Installation, plan: Plan, say: Callable[[str], None] = print) -> None:
        self.installation, self.plan, self.say = installation, plan, say
        self.engine = Engine(installation.origin, token())
        self.faults = _Faults(plan)
        self.places = [Place.set_up() for _ in range(3)]
        self.rooms: list[tuple[Ticket, Contact, Place]] = []
        self.killed: list[tuple[float, str]] = []
        self.waited: list[float] = []
        self.answered: Counter[str] = Counter()
        self._browsers = [self._sign_in(place) for place in self.places]

    def _sign_in(self, place: Place) -> httpx.Client:
        client = Client()
        client.force_login(place.agent)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return httpx.Client(
            base_url=f"{self.installation.origin}/projects/{place.desk.project.pk}",
            cookies={settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: "c" * 32},
            headers={"X-CSRFToken": "c" * 32, "X-Requested-With": "fetch"},
            timeout=30,
        )

    def run(self) -> Report:
        """Run it to the end."""
        with ThreadPoolExecutor(16) as threads:
            self.rooms = list(threads.map(self._open, range(self.plan.tickets)))
        self.say(f"{self.plan.tickets} tickets are open")
        self.engine.handler.faults = self.faults
        begun = time.monotonic()
        with ThreadPoolExecutor(2 * self.plan.tickets + 1) as threads:
            trouble = threads.submit(self._make_trouble)
            done = [threads.submit(work, *room) for room in self.rooms for work in (self._write, self._answer)]
            for one in done:
                one.result()
            self.say(f"all is written after {time.monotonic() - begun:.0f} s")
            # What was not killed proves nothing.
            trouble.result()
        self.faults.is_over = True
        self._wait_until_empty()
        took = time.monotonic() - begun
        report = self._report(took)
        self.engine.close()
        return report

    def _open(self, number: int) -> tuple[Ticket, Contact, Place]:
        place, contact = self.places[number % len(self.places)], Contact(f"Contact {number}")
        return self.engine.open(place.ticketer, contact), contact, place

    # Who writes

    def _write(self, _ticket: Ticket, contact: Contact, _place: Place) -> None:
        for number in range(self.plan.each):
            time.sleep(self.plan.pause)
            start = time.monotonic()
            self.engine.receive(contact, f"Question {number}")
            self.waited.append(time.monotonic() - start)

    def _answer(self, ticket: Ticket, _contact: Contact, place: Place) -> None:
        browser = self._browsers[self.places.index(place)]
        for number in range(self.plan.each):
            time.sleep(self.plan.pause)
            form = {"text": f"Answer {number}", "key": str(uuid.uuid4())}
            end = time.monotonic() + PATIENCE
            while not self._post(browser, ticket, form):
                assert time.monotonic() < end, f"{form} was not taken within {PATIENCE} s"
                time.sleep(0.5)

    def _post(self, browser: httpx.Client, ticket: Ticket, form: dict[str, str]) -> bool:
        """Send an answer as a page does; return whether it was taken."""
        try:
            answer = browser.post(f"/desk/{ticket.room}/messages/", data=form)
        except httpx.HTTPError:
            return False
        self.answered[str(answer.status_code)] += 1
        assert answer.status_code == 204 or answer.status_code >= 500, f"{answer} {answer.text[:500]}"
        return answer.status_code == 204

    # What goes wrong

    def _make_trouble(self) -> None:
        for what in self._troubles():
            time.sleep(self.plan.between)
            # One thing at a time: what was killed before is back.
            self.installation.wait_until_whole()
            if what == _ROLL:
                self.installation.roll()
            else:
                # A process that is just starting is not there yet.
                end = time.monotonic() + PATIENCE
                while not self.installation.kill(what):
                    assert time.monotonic() < end, f"no {what} is there to be killed"
                    time.sleep(0.1)
            self.killed.append((time.monotonic(), what))
            self.say(f"  {'a deploy rolls' if what == _ROLL else f'{what} killed'}")
            if what == WORKER and self.plan.hurry:
                self._expire("next_attempt_at < now() + interval '62 seconds'")

    def _troubles(self) -> Iterator[str]:
        for _ in range(self.plan.rounds):
            yield from (WORKER, WEB, POSTGRES, _ROLL, WEB)

    def _expire(self, which: str) -> None:
        """Let what waits be due: leases of a worker that was killed, or pauses."""
        with suppress(DatabaseError), connection.cursor() as cursor:
            table = Delivery._meta.db_table
            cursor.execute(
                f"UPDATE {table} SET next_attempt_at = now() WHERE state = 'sending' AND held = '' AND {which}"
            )
        connection.close()

    def _wait_until_empty(self) -> None:
        end = time.monotonic() + 600
        while (left := self._left()) != 0:
            assert time.monotonic() < end, f"{left} callbacks are still on their way"
            if self.plan.hurry:
                self._expire("next_attempt_at > now() + interval '65 seconds'")
            time.sleep(0.5)

    def _left(self) -> int:
        try:
            return Delivery.objects.filter(state=DeliveryState.SENDING, ticket__in=self._ids).count()
        except DatabaseError:
            connection.close()
            return -1

    @property
    def _ids(self) -> list[str]:
        return [ticket.room for ticket, *_ in self.rooms]

    # What came of it

    def _report(self, took: float) -> Report:
        report, plan, handler = Report(), self.plan, self.engine.handler
        texts = _texts(self._ids, MessageKind.CONTACT)
        wanted = [f"Question {n}" for n in range(plan.each)]
        missing = sum(len(set(wanted) - set(texts[room])) for room in self._ids)
        stored_twice = sum(len(texts[room]) - len(set(texts[room])) for room in self._ids)
        report.check("messages of contacts lost", missing)
        report.check("messages of contacts stored twice", stored_twice)
        # What the client stopped waiting for was overtaken by what it sent next.
        given_up = {loss.room for loss in self.engine.lost}
        report.check(
            "messages of contacts in another order",
            [r for r in self._ids if texts[r] != wanted and r not in given_up],
        )

        sent = {contact.uuid: handler.sent_to(contact.uuid) for _t, contact, _p in self.rooms}
        wanted = [f"Answer {n}" for n in range(plan.each)]
        lost = sum(len(set(wanted) - set(one)) for one in sent.values())
        report.check("answers lost", lost)
        in_order = [[text for text, _ in groupby(one)] == wanted for one in sent.values()]
        report.check("tickets whose answers came in another order", in_order.count(False))
        doubled = self._doubled()
        report.check("doubled without a reason", doubled[_NO_REASON])
        failed = Delivery.objects.filter(ticket__in=self._ids, state=DeliveryState.FAILED).count()
        failed += Message.objects.filter(ticket__in=self._ids, delivery=DeliveryState.FAILED).count()
        report.check("failed", failed)

        faults = Counter(callback.fault.value for callback in handler.callbacks if callback.fault)
        waited = quantiles(self.waited, n=100)
        report.figures = {
            "took": f"{took:.0f} s, {plan.tickets} tickets of 3 organizations with one token",
            "killed": _counted(Counter(what for _at, what in self.killed)),
            "messages of contacts": f"{plan.tickets * plan.each} sent once, {missing} lost,"
            f" {stored_twice} stored twice",
            "  given up by the client": f"{len(self.engine.lost)} after 15 s, and kept all the same if none is lost",
            "  repeated by the client": _counted(self.engine.client.again),
            "  waited for their answer": f"median {waited[49] * 1000:.0f} ms, p99 {waited[98]:.1f} s,"
            f" longest {max(self.waited):.1f} s",
            "answers of agents": f"{plan.tickets * plan.each} written, {lost} lost, {in_order.count(False)} tickets"
            " out of order",
            "  the page's requests": _counted(self.answered),
            "callbacks": f"{len(handler.callbacks)}; of those: {_counted(faults)}",
            "  doubled": _counted(doubled),
            "outbox": f"{self._left()} on their way, {failed} failed",
        }
        return report

    def _doubled(self) -> Counter[str]:
        """Count the answers that contacts got again, by why the program could not know of the first time."""
        taken: dict[str, list[Callback]] = defaultdict(list)
        for callback in self.engine.handler.callbacks:
            if callback.status == 200 or callback.fault in {Fault.DROP_AFTER, Fault.HANG_AFTER}:
                taken[callback.json["content"]["uuid"]].append(callback)
        return Counter(self._reason(first) for one in taken.values() for first, _again in pairwise(one))

    def _reason(self, first: Callback) -> str:
        if first.fault is not None:
            return f"the engine {first.fault.value}"
        for at, what in self.killed:
            if what == WORKER and at - _FORGETS <= first.at <= at:
                return "the worker was killed before it stored the outcome"
            if what == POSTGRES and at - _FORGETS <= first.at <= at + _AWAY:
                return "Postgres was killed before the outcome was stored"
        return _NO_REASON


_NO_REASON = "without a reason"


def _texts(rooms: Sequence[str], kind: str) -> dict[str, list[str]]:
    """Return the texts of a kind of lines by room, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = Message.objects.filter(ticket__in=rooms, kind=kind).order_by("number")
    for room, text in rows.values_list("ticket", "text"):
        found[str(room)].append(text)
    return found


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counter.most_common()) or "none"
