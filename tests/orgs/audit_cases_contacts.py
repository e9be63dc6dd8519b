"""What is done to contacts, for the audit log."""

from tests.builders import Desk
from tickets import operations as tickets

from .audit_cases import Case, case_of


@case_of(tickets.merge_contacts)
def _(desk: Desk) -> Case:
    one, two = desk.open_ticket().contact, desk.closed_ticket().contact
    return Case(lambda: tickets.merge_contacts(one, two, by=desk.by()), ["contact.merged"])


@case_of(tickets.tell_contact_apart)
def _(desk: Desk) -> Case:
    one, two = desk.open_ticket().contact, desk.closed_ticket().contact
    tickets.merge_contacts(one, two, by=desk.by())
    return Case(lambda: tickets.tell_contact_apart(two, by=desk.by()), ["contact.told_apart"])


@case_of(tickets.rename_contact)
def _(desk: Desk) -> Case:
    ticket = desk.open_ticket()
    return Case(lambda: tickets.rename_contact(ticket.pk, "Another name", by=desk.by()), ["contact.renamed"])


@case_of(tickets.erase_contact)
def _(desk: Desk) -> Case:
    contact = desk.closed_ticket().contact
    return Case(lambda: tickets.erase_contact(contact, by=desk.by()), ["contact.erased"])
