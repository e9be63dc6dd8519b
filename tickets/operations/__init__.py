"""What can happen to tickets; the only place that writes their tables.

Lock order everywhere: contact, then sectors (by id), then tickets. Whatever changes who may take what holds the
sector's lock (``sectors.locks``); adding a line to a conversation takes the ticket's row lock only.
"""

from tickets.conversation.automatic_messages import say

from .apply_service_rules import attend
from .assignment import assign, return_tickets_of, take, transfer_to_agent, transfer_to_queue
from .bulk import MOST_AT_ONCE, Outcome, assign_many, close_many, transfer_many
from .closing import close, close_by_flow
from .files import add_file, discard_file, give_up_unsent
from .mentions import MOST_MENTIONS, see_mentions
from .messages import add_history, add_note, mark_read, receive, reply, send_again, send_delivery_again
from .move_to_queue import move_open_tickets
from .opening import ContactFacts, open_test_ticket, open_ticket, update_ticket
from .presence import forget_who_looked, look_at, look_away
from .retag import check_retag, may_retag, retag
from .service_rules import attendance_rules, copy_attendance_rules, set_attendance_rules
from .silence import close_silent, give_back, warn_silent
from .targets import mark_missed_targets
from .waiting_messages import tell_who_waits, tell_who_waits_in_vain

__all__ = [
    "MOST_AT_ONCE",
    "MOST_MENTIONS",
    "ContactFacts",
    "Outcome",
    "add_file",
    "add_history",
    "add_note",
    "assign",
    "assign_many",
    "attend",
    "attendance_rules",
    "check_retag",
    "close",
    "close_by_flow",
    "close_many",
    "close_silent",
    "copy_attendance_rules",
    "discard_file",
    "forget_who_looked",
    "give_back",
    "give_up_unsent",
    "look_at",
    "look_away",
    "mark_missed_targets",
    "mark_read",
    "may_retag",
    "move_open_tickets",
    "open_test_ticket",
    "open_ticket",
    "receive",
    "reply",
    "retag",
    "return_tickets_of",
    "say",
    "see_mentions",
    "send_again",
    "send_delivery_again",
    "set_attendance_rules",
    "take",
    "tell_who_waits",
    "tell_who_waits_in_vain",
    "transfer_many",
    "transfer_to_agent",
    "transfer_to_queue",
    "update_ticket",
    "warn_silent",
]
