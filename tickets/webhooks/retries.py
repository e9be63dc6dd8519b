"""How long a callback is waited for, and when a failed one is tried again (docs/flow.md, Callbacks).

The engine forwards whatever it takes, also a second time: where it may have taken a callback without our knowing, the
next attempt is late and there are few; where nothing has reached it, the next one is soon.
"""

import random
from datetime import datetime, timedelta

from tickets.models import Delivery, Failure

#: Seconds allowed for an attempt. The engine fetches a file before it answers.
PATIENCE, PATIENCE_WITH_FILE = 30.0, 60.0
#: Statuses that an identical request gets again: it isn't repeated.
FINAL = frozenset({400, 401, 403, 405, 410, 413, 422})
UNAUTHORIZED, NOT_FOUND = 401, 404
#: The receiver may not have stored the ticket yet: for so long, a 404 may pass.
NOT_FOUND_SPAN = timedelta(minutes=1)

_MAY_BE_TAKEN = frozenset({Failure.TIMEOUT, Failure.CUT_OFF})
_NOT_SENT = frozenset({Failure.UNREACHABLE, Failure.NOT_ALLOWED})
_MINUTE, _HOUR = 60, 3600
#: Seconds after the first, second, … failed attempt; the last one repeats.
PAUSES = (5, 15, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR)
SOON = (2, 5, 10, 20, 40, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE)
LATE = (2 * _MINUTE, 20 * _MINUTE, 2 * _HOUR, 6 * _HOUR)
AT_ONCE_AGAIN = (2, 4, 8, 16, 30)
#: Each pause is up to this much shorter or longer, so that what failed together isn't tried again together.
_JITTER = 0.2


def patience_for(delivery: Delivery) -> float:
    """Return how many seconds an attempt may take until the receiver answers."""
    return PATIENCE_WITH_FILE if delivery.attachment_id else PATIENCE


def next_attempt(delivery: Delivery, now: datetime, *, other_secret: bool = False) -> datetime | None:
    """Return when a delivery whose attempt just failed is tried again; None if it is final.

    ``other_secret``: the next attempt is signed with a secret that has not been refused, so that a 401 isn't final.
    Reads ``failure``, ``status`` and ``attempts``, which include that attempt, and writes ``not_found_since``.
    """
    not_found = delivery.failure == Failure.STATUS and delivery.status == NOT_FOUND
    delivery.not_found_since = (delivery.not_found_since or now) if not_found else None
    if other_secret and delivery.status == UNAUTHORIZED:
        return now
    if delivery.failure == Failure.ADDRESS or delivery.status in FINAL:
        return None
    end = delivery.give_up_at
    if delivery.not_found_since is not None:
        end = min(end, delivery.not_found_since + NOT_FOUND_SPAN)
    return None if now >= end else min(now + _pause(delivery), end)


def counts_as_done(delivery: Delivery) -> bool:
    """Return whether nothing is lost by giving up: who is told that a room is closed doesn't know it any more."""
    return delivery.kind == Delivery.Kind.UPDATE and delivery.not_found_since is not None


def _pause(delivery: Delivery) -> timedelta:
    pauses: tuple[int, ...]
    if delivery.not_found_since is not None:
        pauses = AT_ONCE_AGAIN
    elif delivery.failure in _MAY_BE_TAKEN:
        pauses = LATE
    else:
        pauses = SOON if delivery.failure in _NOT_SENT else PAUSES
    seconds = pauses[min(delivery.attempts, len(pauses)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))
