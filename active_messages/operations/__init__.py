"""What can be done with active messages: one function per thing that can happen."""

from .arriving import find_expected, note_opened
from .connecting import connect_engine, disconnect_engine
from .erasing import erase_starts
from .sending import claim_next, give_up_lost, hand_over_due, settle
from .starting import MAX_AT_ONCE, check_start, flows_of, left_in_hour, start_again, start_conversations

__all__ = [
    "MAX_AT_ONCE",
    "check_start",
    "claim_next",
    "connect_engine",
    "disconnect_engine",
    "erase_starts",
    "find_expected",
    "flows_of",
    "give_up_lost",
    "hand_over_due",
    "left_in_hour",
    "note_opened",
    "settle",
    "start_again",
    "start_conversations",
]
