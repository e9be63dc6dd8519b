"""Doing what the rules of attending ask for now, for the worker (docs/rules.md, Rules of attending)."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from tickets import service_rules

from .silence import close_silent, give_back, warn_silent

logger = logging.getLogger("tickets.attending")


def attend(*, now: datetime | None = None) -> int:
    """Give back unanswered tickets, warn silent contacts and close theirs, each in a transaction of its own; returns
    how many. ``now`` is aware.

    Safe beside itself: each looks again under the ticket's lock. One that fails is logged and holds up no other.
    """
    moment = now or timezone.now()
    return (
        _each(give_back, service_rules.to_give_back(moment), now)
        + _each(warn_silent, service_rules.to_warn(moment), now)
        + _each(close_silent, service_rules.to_close(moment), now)
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
