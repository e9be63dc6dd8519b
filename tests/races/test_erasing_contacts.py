"""Erasing a contact while the flow opens a ticket for them (docs/rules.md, Erasing a contact)."""

from functools import partial

from tests.builders import FLOW, Desk, fresh
from tests.invariants import assert_invariants
from tickets import errors, operations
from tickets.models import Contact, Ticket

from .parallel import at_once, overlapping

URN = "whatsapp:5588991112222"


def _open(desk: Desk, external_id: str = "ana", **values: str) -> Ticket:
    facts = operations.ContactFacts(external_id=external_id, **{"name": "Ana", "urn": URN, **values})
    return operations.open_ticket(desk.project, facts, by=FLOW, sector_id=desk.sector.pk)[0]


def _closed(desk: Desk) -> Contact:
    return desk.close(_open(desk)).contact


def test_an_opening_that_waits_for_the_erasing_opens_for_a_new_contact(desk: Desk) -> None:
    contact = _closed(desk)
    erased, ticket = overlapping(
        partial(operations.erase_contact, contact, by=desk.by()), partial(_open, desk, phone="+5588991112222", urn="")
    )
    assert erased is None
    assert isinstance(ticket, Ticket)
    assert fresh(ticket).contact_id != contact.pk
    assert fresh(ticket).contact.number_key
    assert Contact.objects.get(pk=contact.pk).is_erased
    assert_invariants(desk.project)


def test_an_erasing_that_waits_for_an_opening_is_refused(desk: Desk) -> None:
    contact = _closed(desk)
    ticket, refusal = overlapping(partial(_open, desk), partial(operations.erase_contact, contact, by=desk.by()))
    assert ticket.contact_id == contact.pk
    assert isinstance(refusal, errors.HasOpenTicket)
    assert not Contact.objects.get(pk=contact.pk).is_erased


def test_at_once_one_of_the_two_happens_first(desk: Desk) -> None:
    by = desk.by()
    for _round in range(6):
        contact = _closed(desk)
        erased, again, *opened = at_once(
            partial(operations.erase_contact, contact, by=by),
            partial(operations.erase_contact, contact, by=by),
            partial(_open, desk),
            partial(_open, desk, "another id"),
        )
        assert {type(one) for one in (erased, again)} <= {type(None), errors.HasOpenTicket}
        assert opened[0].pk == opened[1].pk
        gone = Contact.objects.get(pk=contact.pk).is_erased
        assert gone == (erased is None or again is None)
        # Of contacts that came at once in an earlier round either may be the main one.
        assert (fresh(opened[0]).main_contact_id != contact.main_id) == gone
        assert Ticket.objects.open().count() == 1
        desk.close(opened[0])
    assert_invariants(desk.project)
