"""Errors of the tickets app."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import Conflict, DomainError, Invalid, NotAllowed


class UnknownPlace(DomainError):
    """The sector or queue does not exist in the project, or the token does not reach it."""

    code = "not_found"
    status = 404
    sentence = _("There is no such sector or queue in this project.")


class Archived(DomainError):
    """The sector or queue is archived."""

    code = "archived"
    sentence = _("This sector or queue is archived and takes no tickets.")


class NoQueue(DomainError):
    """The sector has no live queue."""

    code = "sector_without_queue"
    sentence = _("This sector has no queue and can't receive tickets.")


class QueueOnHold(DomainError):
    """The queue (or each of the sector's) currently takes no new tickets."""

    code = "queue_on_hold"
    sentence = _("This queue is on hold and takes no new tickets at the moment.")


class QueueFull(DomainError):
    """The queue has its maximum of waiting tickets, and no agent is free."""

    code = "queue_full"
    sentence = _("This queue is full: as many tickets wait there as may.")


class OutsideHours(DomainError):
    """The sector is closed; ``extra["opens_at"]`` says when it opens (ISO 8601), if it does."""

    code = "outside_hours"


class TicketClosed(DomainError):
    """The ticket is closed."""

    code = "room_closed"
    sentence = _("This ticket is closed.")


class AlreadyOpen(Conflict):
    """The contact has another open ticket; ``extra["external_id"]`` is what the engine calls it."""

    code = "already_open"
    sentence = _("This contact has an open ticket already.")


class KeyReused(DomainError):
    """The Idempotency-Key stands for another request."""

    code = "idempotency_key_reused"
    status = 422
    sentence = _("This Idempotency-Key was used for another request.")


class TagsRequired(Invalid):
    """Closing needs a tag."""

    code = "tags_required"
    sentence = _("Choose at least one tag to close the ticket.")


class ForeignTag(Invalid):
    """Not a choosable tag of the ticket's sector."""

    code = "foreign_tag"
    sentence = _("Choose tags of the ticket's sector that are not archived.")


class TicketOpen(Conflict):
    """The operation is for closed tickets."""

    code = "ticket_open"
    sentence = _("This ticket is not closed yet. Tags are chosen when it is closed.")


class RetagTimeOver(NotAllowed):
    """The agent may no longer change the tags."""

    code = "retag_time_over"
    sentence = _("The time in which you may change this ticket's tags is over. Ask a manager of the sector.")


class NotEligible(Conflict):
    """The agent can't take the ticket now."""

    code = "agent_not_eligible"
    sentence = _("This agent can't take the ticket now: not on the queue, not online, or at the limit.")


class NotWithAnAgent(DomainError):
    """The ticket waits already, so it can't be returned to its line."""

    code = "not_with_an_agent"
    sentence = _("No agent has this ticket: it is in its queue already.")


class ComesStraightBack(DomainError):
    """Returned to its line, the ticket would be routed straight back to the same agent."""

    code = "comes_straight_back"
    sentence = _("Nobody else on this queue can take the ticket now: it would come straight back.")


class RoomHasAgent(DomainError):
    """The ticket does not wait: it has an agent."""

    code = "room_has_agent"
    sentence = _("This room has an agent already; only waiting ones can be given.")


class UnknownContact(DomainError):
    """The contact does not exist in the project."""

    code = "not_found"
    status = 404
    sentence = _("There is no such contact in this project.")


class NobodyElse(Conflict):
    """The contact is joined with nobody that it could be told apart from."""

    code = "not_joined"
    sentence = _("This contact is not joined with another one.")


class AlreadyJoined(Conflict):
    """The contacts are the same person already."""

    code = "already_joined"
    sentence = _("These contacts are joined already.")


class BothHaveOpenTickets(Conflict):
    """The contacts can't be joined: a person has at most one open ticket."""

    code = "both_have_open_tickets"
    sentence = _("Both contacts have an open ticket. Close one of the two first.")


class HasOpenTicket(Conflict):
    """The contact can't be erased: a conversation with them is going on."""

    code = "has_open_ticket"
    sentence = _("This contact has an open ticket. Close it first.")


class FlowNotTold(Conflict):
    """The contact can't be erased: the flow still has to be told of their last conversation."""

    code = "callbacks_pending"
    sentence = _("Callbacks about this contact are still on their way to the flow. Try again when none is.")


class ContactErased(Conflict):
    """The contact was erased; whoever writes under the same id or number is a new one."""

    code = "contact_erased"
    sentence = _("This contact was erased and takes nothing any more.")


class ThereAlready(Invalid):
    """The ticket is in the queue that it is to go to."""

    code = "there_already"
    sentence = _("This ticket is in that queue already.")


class TakenByAnother(Conflict):
    """Somebody else was faster."""

    code = "taken_by_another"


def too_many_files() -> Invalid:
    """Return the error for a message with too many files."""
    most = settings.FILES_PER_MESSAGE
    sentence = ngettext("A message takes at most %(most)d file.", "A message takes at most %(most)d files.", most)
    return Invalid(sentence % {"most": most}, code="too_many_files", field="files")
