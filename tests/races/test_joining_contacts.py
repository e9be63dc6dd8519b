"""Openings of the same person under several ids at once, and merging by hand meanwhile (docs/rules.md, Contacts)."""

import threading
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.db import transaction

from core.errors import DomainError
from sectors.locks import lock_sectors
from sectors.models import Sector
from tests.builders import FLOW, Desk
from tests.invariants import assert_invariants
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.locking import lock_row

from .parallel import PATIENCE, at_once, overlapping, succeeded, until_waiting

#: One number, in each of its forms.
FORMS = ("whatsapp:5588991112222", "whatsapp:558891112222", "tel:+5588991112222", "tel:+558891112222")


def _open(desk: Desk, external_id: str, urn: str, phone: str = "", sector: Any = None) -> tuple[Ticket, bool]:
    facts = operations.ContactFacts(external_id=external_id, urn=urn, phone=phone)
    return operations.open_ticket(desk.project, facts, by=FLOW, sector_id=(sector or desk.sector).pk)


def _people(desk: Desk) -> int:
    return Contact.objects.filter(project=desk.project).values("main").distinct().count()


def test_ids_of_a_number_opened_at_once_in_two_sectors_have_one_ticket(desk: Desk) -> None:
    desk.agent_online()
    other = desk.add_sector()
    for _round in range(3):
        calls = [
            partial(_open, desk, f"id {n}", FORMS[n % 4], sector=sector)
            for n in range(8)
            for sector in (desk.sector, other)
        ]
        results = succeeded(at_once(*calls))
        assert len({ticket.pk for ticket, _created in results}) == 1
        assert sum(created for _ticket, created in results) == 1
        assert _people(desk) == 1
        operations.close_by_flow(results[0][0].pk, by=FLOW)


def test_the_second_finds_the_ticket_of_the_first_that_is_not_committed(desk: Desk) -> None:
    (first, new), (second, also_new) = succeeded(
        overlapping(partial(_open, desk, "one", FORMS[0]), partial(_open, desk, "two", FORMS[1]))
    )
    assert (first.pk, new, also_new) == (second.pk, True, False)


def test_people_joined_crosswise_do_not_wait_for_each_other(desk: Desk) -> None:
    """Each opening brings two people together, in any order: no deadlock, one person once all tickets are closed."""
    for n in range(6):
        for external_id in (f"id {n}", f"keeps number {n}"):
            operations.close_by_flow(_open(desk, external_id, f"tel:+55889911122{n}0")[0].pk, by=FLOW)
    calls = [partial(_open, desk, f"id {n}", f"whatsapp:55889911122{(n + 1) % 6}0") for n in range(6)]
    results = succeeded(at_once(*calls, *reversed(calls)))
    for ticket, _created in results:
        operations.close_by_flow(ticket.pk, by=FLOW)
    operations.join_pending_contacts()
    assert _people(desk) == 1


def test_merging_and_telling_apart_while_tickets_are_opened(desk: Desk) -> None:
    by = desk.by()
    for n in range(4):
        operations.close_by_flow(_open(desk, f"id {n}", f"telegram:{n}")[0].pk, by=FLOW)
    contacts = list(Contact.objects.filter(project=desk.project).order_by("external_id"))

    def by_hand(n: int) -> None:
        for _time in range(3):
            for what in (
                partial(operations.merge_contacts, contacts[n], contacts[n - 1], by=by),
                partial(operations.tell_contact_apart, contacts[n], by=by),
            ):
                try:
                    what()
                except DomainError:
                    continue

    def from_the_flow(n: int) -> None:
        for _time in range(3):
            operations.close_by_flow(_open(desk, f"id {n}", f"telegram:{n}")[0].pk, by=FLOW)

    succeeded(at_once(*(partial(by_hand, n) for n in range(4)), *(partial(from_the_flow, n) for n in range(4))))
    assert_invariants(desk.project)


def _closed(desk: Desk, external_id: str, urn: str, sector: Sector | None = None) -> Ticket:
    return operations.close_by_flow(_open(desk, external_id, urn, sector=sector)[0].pk, by=FLOW)


def _meanwhile(call: Callable[[], Any], *, first: Callable[[], Any], then: Callable[[], Any]) -> None:
    """Run ``first`` and ``then`` in a transaction; in between, ``call`` begins in another and waits for a lock."""
    done = threading.Event()

    def holding() -> None:
        with transaction.atomic():
            first()
            done.set()
            until_waiting()
            then()

    def following() -> None:
        done.wait(PATIENCE)
        call()

    succeeded(at_once(holding, following))


def _lock_rows(tickets: Collection[Ticket]) -> None:
    for ticket in tickets:
        lock_row(ticket.pk)


def test_an_opening_that_joins_locks_all_sectors_by_id_before_tickets(desk: Desk) -> None:
    low, high = sorted([desk.sector, desk.add_sector()], key=lambda sector: sector.pk)
    _closed(desk, "one", "telegram:1", low)
    ticket = _closed(desk, "two", "telegram:2", high)

    def then() -> None:
        lock_sectors([high.pk])
        lock_row(ticket.pk)

    _meanwhile(
        partial(_open, desk, "two", "telegram:1", sector=low), first=partial(lock_sectors, [low.pk]), then=then
    )
    assert _people(desk) == 1


def test_joining_and_telling_apart_lock_sectors_before_tickets(desk: Desk) -> None:
    """As merging tags does, which holds the sector and locks tickets in an order of its own."""
    by = desk.by()
    for n in "1234":
        tickets = [_closed(desk, f"id {n}", f"telegram:{n}") for _time in range(3)]
    one, two, three, four = Contact.objects.filter(project=desk.project).order_by("external_id")
    opened = [_open(desk, "id 3", "telegram:3")[0], _open(desk, "id 4", "telegram:4")[0]]
    _open(desk, "id 4", "telegram:3")
    for ticket in opened:
        operations.close_by_flow(ticket.pk, by=FLOW)
    for contact, call in (
        (two, partial(operations.merge_contacts, one, two, by=by)),
        (two, partial(operations.tell_contact_apart, two, by=by)),
        (four, operations.join_pending_contacts),
    ):
        tickets = list(Ticket.objects.filter(contact=contact).order_by("opened_at"))

        def first(tickets: list[Ticket] = tickets) -> None:
            lock_sectors([desk.sector.pk])
            lock_row(tickets[1].pk)

        _meanwhile(call, first=first, then=partial(_lock_rows, tickets))
    four.refresh_from_db()
    assert four.main_id == three.pk


def test_an_opening_lets_go_of_a_ticket_that_was_closed_meanwhile(desk: Desk) -> None:
    """Retagging waits for the sector, then for the ticket; the opening for the ticket, then for the sector."""
    ticket = desk.open_ticket("somebody")
    tag = desk.tags[1]
    closed = threading.Event()

    def closing() -> None:
        with transaction.atomic():
            desk.close(ticket)
            closed.set()
            until_waiting(2)

    def following(call: Callable[[], Any]) -> Any:
        closed.wait(PATIENCE)
        return call()

    opening = partial(_open, desk, "somebody", "telegram:1")
    retagging = partial(operations.retag, ticket.pk, by=desk.by(), tag_ids=[tag.pk])
    _none, (new, created), retagged = succeeded(
        at_once(closing, partial(following, opening), partial(following, retagging))
    )
    assert created
    assert new.pk != ticket.pk
    assert [given.tag for given in retagged.ticket_tags.all()] == [tag]
