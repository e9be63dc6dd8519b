"""Everything that can happen to tickets; the only code that writes their tables.

Lock order everywhere: contacts' keys, people (a contact's main, by id), then sectors (by id), then tickets. Anything
that changes who may take a ticket holds the sector's lock (``sectors.locks``); adding a line to a conversation takes
only the ticket's row lock.
"""

from tickets.conversation.automatic_messages import send_automatic

from .apply_service_rules import apply_service_rules
from .assignment import assign, return_tickets, take, transfer_to_agent, transfer_to_queue
from .bulk import MAX_AT_ONCE, Outcome, assign_many, close_many, transfer_many
from .callbacks import (
    pause_host,
    resume_host,
    rotate_signing_secret,
    send_all_again,
    send_callback_again,
    send_failed_of,
)
from .closing import close, close_by_flow
from .contact_names import rename_contact
from .contacts import ContactFacts
from .erasing import Erasable, count_erasable, erase_contact
from .files import add_file, add_quick_files, delete_unsent_uploads, discard_file
from .history import add_history
from .idempotency import answered_before, forget_answers, keep_answer
from .intake_corrections import count_corrections, sum_corrections
from .joining import join_pending_contacts
from .media import attach_media, fetch_again
from .mentions import MAX_MENTIONS, mark_mentions_seen
from .merging import merge_contacts, tell_contact_apart
from .messages import HistoryLine, Media, add_note, mark_read, receive, reply, send_again, send_delivery_again
from .move_to_queue import move_open_tickets
from .opening import check_hours, open_test_ticket, open_ticket, reopen_ticket, update_ticket
from .presence import mark_viewing, purge_presence, stop_viewing
from .retag import check_retag, may_retag, replace_merged_tag, retag
from .return_to_line import return_to_line
from .service_rules import attendance_rules, copy_service_rules, set_service_rules
from .silence import close_silent_ticket, move_on_from_offline, return_unanswered, warn_silent_contact
from .targets import mark_missed_targets
from .waiting_messages import send_closed_notices, send_waiting_messages

__all__ = [
    "MAX_AT_ONCE",
    "MAX_MENTIONS",
    "ContactFacts",
    "Erasable",
    "HistoryLine",
    "Media",
    "Outcome",
    "add_file",
    "add_history",
    "add_note",
    "add_quick_files",
    "answered_before",
    "apply_service_rules",
    "assign",
    "assign_many",
    "attach_media",
    "attendance_rules",
    "check_hours",
    "check_retag",
    "close",
    "close_by_flow",
    "close_many",
    "close_silent_ticket",
    "copy_service_rules",
    "count_corrections",
    "count_erasable",
    "delete_unsent_uploads",
    "discard_file",
    "erase_contact",
    "fetch_again",
    "forget_answers",
    "join_pending_contacts",
    "keep_answer",
    "mark_mentions_seen",
    "mark_missed_targets",
    "mark_read",
    "mark_viewing",
    "may_retag",
    "merge_contacts",
    "move_on_from_offline",
    "move_open_tickets",
    "open_test_ticket",
    "open_ticket",
    "pause_host",
    "purge_presence",
    "receive",
    "rename_contact",
    "reopen_ticket",
    "replace_merged_tag",
    "reply",
    "resume_host",
    "retag",
    "return_tickets",
    "return_to_line",
    "return_unanswered",
    "rotate_signing_secret",
    "send_again",
    "send_all_again",
    "send_automatic",
    "send_callback_again",
    "send_closed_notices",
    "send_delivery_again",
    "send_failed_of",
    "send_waiting_messages",
    "set_service_rules",
    "stop_viewing",
    "sum_corrections",
    "take",
    "tell_contact_apart",
    "transfer_many",
    "transfer_to_agent",
    "transfer_to_queue",
    "update_ticket",
    "warn_silent_contact",
]
