"""What is done to callbacks, for the audit log."""

from tests.builders import Desk
from tickets import operations as tickets
from tickets.models import Ticket
from tickets.webhooks.log import CallbackFilter

from .audit_cases import Case, case_of

HOST = "flows.example.org"


def _answered(desk: Desk) -> Ticket:
    agent = desk.agent_online()
    ticket = desk.open_ticket(callback_url=f"https://{HOST}/")
    desk.reply(ticket, agent)
    return ticket


@case_of(tickets.pause_host)
def _(desk: Desk) -> Case:
    _answered(desk)
    return Case(lambda: tickets.pause_host(desk.project, HOST, by=desk.by()), ["callbacks.paused"])


@case_of(tickets.resume_host)
def _(desk: Desk) -> Case:
    _answered(desk)
    tickets.pause_host(desk.project, HOST, by=desk.by())
    return Case(lambda: tickets.resume_host(desk.project, HOST, by=desk.by()), ["callbacks.resumed"])


@case_of(tickets.rotate_signing_secret)
def _(desk: Desk) -> Case:
    return Case(lambda: tickets.rotate_signing_secret(desk.project, by=desk.by()), ["callbacks.secret_rotated"])


@case_of(tickets.send_all_again)
def _(desk: Desk) -> Case:
    _answered(desk).deliveries.update(state="failed")
    return Case(
        lambda: tickets.send_all_again(desk.project, CallbackFilter(), by=desk.by()), ["callbacks.sent_again"]
    )
