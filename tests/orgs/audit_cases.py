"""Operations that the audit log is asked about: how one is tried, and those that write none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.builders import Desk

TICKETS = "the life of a ticket: its conversation records it"
CLEANING = "reads or checks, changes nothing"
OWN = "one's own account, no administration"
PRESENCE = "presence: the status log records it"
LETTERS = "the letter of an invitation that is recorded"
STARTS = "the life of a started conversation: the log of active messages records it"
ENDING = "a part of ending a member's access, which is recorded"

#: Operations that write no entry, and why.
LEFT_OUT: dict[str, str] = {
    "active_messages.operations.arriving.find_expected": STARTS,
    "active_messages.operations.arriving.note_opened": STARTS,
    "active_messages.operations.erasing.erase_starts": "a part of erasing a contact, which is recorded",
    "active_messages.operations.sending.claim_next": STARTS,
    "active_messages.operations.sending.give_up_lost": STARTS,
    "active_messages.operations.sending.hand_over_due": STARTS,
    "active_messages.operations.sending.settle": STARTS,
    "active_messages.operations.sending.hand_over": STARTS,
    "active_messages.operations.starting.connected": CLEANING,
    "active_messages.operations.starting.flows_of": CLEANING,
    "active_messages.operations.starting.check_start": CLEANING,
    "active_messages.operations.starting.left_in_hour": CLEANING,
    "orgs.operations.invitations.clean_email": CLEANING,
    "orgs.operations.invitations.usable_invitation": CLEANING,
    "orgs.operations.invitations.renew_link": LETTERS,
    "orgs.operations.invitations.record_mailed": LETTERS,
    "orgs.operations.invitations.is_invited": CLEANING,
    "orgs.operations.members.checked_role": CLEANING,
    "orgs.operations.profile.update_profile": OWN,
    "orgs.operations.profile.set_photo": OWN,
    "orgs.operations.profile.remove_photo": OWN,
    "orgs.operations.profile.create_account": OWN,
    "orgs.operations.profile.record_own_address": OWN,
    "orgs.operations.tokens.facts_of_token": CLEANING,
    "orgs.operations.tokens.find_token": "notes the use of a token, at each call",
    "sectors.operations.automatic_messages.clean_every": CLEANING,
    "sectors.operations.automatic_messages.clean_texts": CLEANING,
    "sectors.operations.automatic_messages.texts_of": CLEANING,
    "sectors.operations.sectors.facts_of": CLEANING,
    "sectors.operations.sectors.end_appointments": ENDING,
    "sectors.operations.agent_limits.end_agent_limits": ENDING,
    "sectors.operations.special_days.clean_ranges": CLEANING,
    "sectors.operations.special_days.facts_of_day": CLEANING,
    "sectors.operations.quick_message_files.removed_on_failure": CLEANING,
    "sectors.operations.quick_message_files.max_files": CLEANING,
    "sectors.operations.quick_message_files.too_many_quick_files": CLEANING,
    "sectors.operations.quick_message_files.delete_files_later": CLEANING,
    "sectors.operations.quick_message_files.stored_files": "part of what adds or changes a quick message",
    "sectors.operations.quick_message_files.remove_stored": "part of what adds or changes a quick message",
    "sectors.operations.quick_message_files.save_files": "part of what adds or changes a quick message",
    "sectors.operations.quick_message_files.copy_files": "part of copying a sector, which is recorded",
    "sectors.operations.quick_messages.clean_quick_message": CLEANING,
    "sectors.operations.quick_messages.clean_shortcut": CLEANING,
    "sectors.operations.quick_messages.versions_of": CLEANING,
    "sectors.operations.quick_messages.clean_text": CLEANING,
    "queues.operations.agent_status.sectors_of_agent": CLEANING,
    "queues.operations.agent_status.set_status": PRESENCE,
    "queues.operations.agent_status.seen": PRESENCE,
    "queues.operations.agent_status.set_lost_agents_offline": PRESENCE,
    "queues.operations.agent_status.leave_queues": ENDING,
    "queues.operations.agent_status.clean_reason": CLEANING,
    "queues.operations.agent_status.apply_pending_pause": PRESENCE,
    "queues.operations.agent_status.apply_pending_pauses": PRESENCE,
    "queues.operations.pause_reasons.clean_minutes": CLEANING,
    "queues.operations.queues.clean_max_waiting": CLEANING,
    "queues.operations.queues.check_accepts_tickets": CLEANING,
    "tickets.operations.service_rules.attendance_rules": CLEANING,
    "tickets.operations.callbacks.send_callback_again": TICKETS,
    "tickets.operations.callbacks.send_failed": TICKETS,
    "tickets.operations.callbacks.send_failed_of": "the worker's part of send_all_again, which is recorded",
    "tickets.operations.erasing.count_erasable": CLEANING,
    "tickets.operations.service_rules.clean_minutes": CLEANING,
    "tickets.operations.service_rules.clean_warning": CLEANING,
    "sectors.operations.sectors.lock_list": CLEANING,
    "sectors.operations.special_days.clean_day": CLEANING,
    "setup.operations.name_of_copy": CLEANING,
    "tags.operations.clean_description": CLEANING,
    "tags.operations.clean_color": CLEANING,
    "tags.operations.starter_name": CLEANING,
    "tags.operations.recent_usage": CLEANING,
    "tags.operations.parse_names": CLEANING,
    "tags.operations.tag_for_flow": "made by the program at the first closing by the flow",
}


@dataclass
class Case:
    """An operation that changes something, the actions it writes, and the same again, which changes nothing.

    ``again`` is None for what makes a new thing each time.
    """

    do: Callable[[], Any]
    actions: list[str]
    again: Callable[[], Any] | None = None


MakeCase = Callable[[Desk], Case]
CASES: dict[str, MakeCase] = {}


def case_of(operation: Callable[..., Any]) -> Callable[[MakeCase], MakeCase]:
    """Register the case of an operation."""

    def register(make: MakeCase) -> MakeCase:
        CASES[f"{operation.__module__}.{operation.__name__}"] = make
        return make

    return register
