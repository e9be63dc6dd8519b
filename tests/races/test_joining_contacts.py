"""Openings of the same person under several ids at once, and merging by hand meanwhile (docs/rules.md, Contacts)."""

from functools import partial
from typing import Any

from core.errors import DomainError
from tests.builders import FLOW, Desk
from tests.invariants import assert_invariants
from tickets import operations
from tickets.models import Contact, Ticket

from .parallel import at_once, overlapping, succeeded

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
