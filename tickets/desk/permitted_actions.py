"""What a member can do with a ticket, so that pages offer only that.

The operations decide (docs/rules.md, Access); this predicts their decision, and a test keeps the two in step.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from orgs.access import Member
from tickets.models import Ticket
from tickets.operations import may_retag

from .capacity import capacities_of


@dataclass(frozen=True)
class PermittedActions:
    """What a page offers. ``instead`` says why answering is not possible, else empty.

    ``full``: why a ticket that could be taken can't be now.
    """

    mine: bool
    reply: bool
    note: bool
    close: bool
    transfer: bool
    take: bool
    take_over: bool
    directs: bool
    retag: bool
    fetch: bool
    instead: str
    full: str = ""


def permitted_actions(ticket: Ticket, member: Member) -> PermittedActions:
    """Return what the member can do with a ticket they see.

    Queries only the member's own queues and sectors, for a ticket they could take how many they have, for their own
    closed ticket, how long its tags may be changed, and for another's closed ticket, whether they had it once or are
    mentioned in it.
    """
    directs = member.may_direct_tickets_of(ticket.sector_id)
    mine = ticket.is_active and ticket.agent_id == member.user.pk
    open_ = not ticket.is_closed
    take = ticket.is_waiting and (directs or ticket.queue_id in member.queue_ids)
    take_over = ticket.is_active and not mine and directs
    return PermittedActions(
        mine=mine,
        reply=mine,
        note=open_ or ticket.is_handled_by(member) or _may_note(ticket, member),
        close=open_ and (mine or directs),
        transfer=open_ and (mine or directs),
        take=take,
        take_over=take_over,
        directs=directs,
        retag=may_retag(ticket, member),
        fetch=ticket.is_handled_by(member),
        instead="" if mine else _instead(ticket, take, take_over),
        full=capacities_of(member, [ticket.sector])[ticket.sector_id].reason if take and not directs else "",
    )


def _may_note(ticket: Ticket, member: Member) -> bool:
    """Whether the ticket is in the member's sight for itself, not only to be read beside another one."""
    return Ticket.objects.noted_by(member).filter(pk=ticket.pk).exists()


def _instead(ticket: Ticket, take: bool, take_over: bool) -> str:
    if ticket.is_closed:
        return _("This ticket is closed. If the contact writes again, the flow opens a new one.")
    if ticket.is_waiting:
        return (
            _("Nobody has this ticket yet. Take it to answer.")
            if take
            else _("This ticket waits for an agent of its queue.")
        )
    name = ticket.agent.name if ticket.agent else ""
    if take_over:
        return _("%(name)s has this ticket. Take over to answer.") % {"name": name}
    return _("%(name)s has this ticket. You can read along and leave notes.") % {"name": name}
