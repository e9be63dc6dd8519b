"""Apply the sectors' service rules, for the worker (docs/rules.md, Service rules)."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from tickets import service_rules

from .silence import close_silent_ticket, move_on_from_offline, return_unanswered, warn_silent_contact

logger = logging.getLogger("tickets.attending")


def apply_service_rules(*, now: datetime | None = None) -> int:
    """Return unanswered tickets to their queues, also those of offline agents, warn silent contacts and close their
    tickets; return how many.

    Each ticket is handled in its own transaction. Safe to run concurrently: every operation checks again under the
    ticket's lock. A failure is logged and does not stop the others. ``now`` is aware.
    """
    moment = now or timezone.now()
    return (
        _each(return_unanswered, service_rules.to_give_back(moment), now)
        + _each(move_on_from_offline, service_rules.to_move_on(moment), now)
        + _each(warn_silent_contact, service_rules.to_warn(moment), now)
        + _each(close_silent_ticket, service_rules.to_close(moment), now)
    )


def _each(act: Callable[..., bool], tickets: Iterable[UUID], now: datetime | None) -> int:
    """Apply an operation to each ticket. Without ``now``, each uses the time at which it gets its locks."""
    done = 0
    for ticket in tickets:
        try:
            done += act(ticket, now=now)
        except Exception:
            logger.exception("%s failed for ticket %s", act.__name__, ticket)
    return done
