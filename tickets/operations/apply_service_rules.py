"""Doing what the rules of attending ask for now, for the worker (docs/rules.md, Rules of attending)."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from tickets import service_rules

from .silence import close_silent_ticket, return_unanswered, warn_silent_contact

logger = logging.getLogger("tickets.attending")


def apply_service_rules(*, now: datetime | None = None) -> int:
    """Give back unanswered tickets, warn silent contacts and close theirs, each in a transaction of its own; returns
    how many. ``now`` is aware.

    Safe beside itself: each looks again under the ticket's lock. One that fails is logged and holds up no other.
    """
    moment = now or timezone.now()
    return (
        _each(return_unanswered, service_rules.to_give_back(moment), now)
        + _each(warn_silent_contact, service_rules.to_warn(moment), now)
        + _each(close_silent_ticket, service_rules.to_close(moment), now)
    )


def _each(act: Callable[..., bool], tickets: Iterable[UUID], now: datetime | None) -> int:
    """Act on each; without a ``now`` at the time at which it is its turn, when its locks are got."""
    done = 0
    for ticket in tickets:
        try:
            done += act(ticket, now=now)
        except Exception:
            logger.exception("%s failed for ticket %s", act.__name__, ticket)
    return done
