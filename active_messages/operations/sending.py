"""Sending starts to the engine: one at a time, at most once, each with its own outcome.

A start that may have reached the engine is never sent again by itself: the contact would be written to twice.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from active_messages import live_events
from active_messages.access import is_starter
from active_messages.client import START_PATIENCE, Engine, EngineFailed
from active_messages.models import WORDS_LENGTH, FlowEngine, Refusal, Start, StartState
from active_messages.people import Person, contacts_of, open_tickets
from core.encryption import Undecipherable
from orgs.access import member_of

logger = logging.getLogger(__name__)

#: How long a start is leased to its sender; sending takes two calls.
_LEASE = timedelta(seconds=3 * START_PATIENCE)
#: A busy engine is asked so often, so far apart if it names no time, and never later than that.
_MAX_ATTEMPTS = 6
_PAUSE = timedelta(seconds=20)
_MAX_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Claim:
    """A start that the holder alone sends."""

    start: UUID
    attempt: int
    engine: Engine
    flow: str
    contact: str
    urn: str


@dataclass(frozen=True)
class Outcome:
    """What came of sending a start: the engine's id of it, or why not; neither: it is not known."""

    engine_start: str | None = None
    failure: EngineFailed | None = None


def claim_next(project_id: UUID, *, now: datetime | None = None) -> Claim | None:
    """Lease the project's next queued start; None if none is due. ``now`` is aware.

    A start that may not be sent any more is refused on the way.
    """
    now = now or timezone.now()
    while True:
        with transaction.atomic():
            start = _next(project_id, now)
            if start is None:
                return None
            claim = _claim(start, now)
        if claim is not None:
            return claim


def _next(project_id: UUID, now: datetime) -> Start | None:
    due = Start.objects.filter(project=project_id, state=StartState.QUEUED, next_attempt_at__lte=now)
    due = due.select_for_update(of=("self",), skip_locked=True).select_related("project", "by", "sector", "contact")
    return due.order_by("next_attempt_at", "batch", "position").first()


def _claim(start: Start, now: datetime) -> Claim | None:
    row = FlowEngine.objects.filter(project=start.project_id).first()
    refused = _why_not(start, row)
    if row is None or refused:
        _finish(start, StartState.REFUSED, now, refusal=refused or Refusal.DISCONNECTED)
        return None
    try:
        engine = Engine.of(row)
    except Undecipherable:
        _finish(start, StartState.REFUSED, now, refusal=Refusal.TOKEN)
        return None
    start.state, start.attempts, start.next_attempt_at = StartState.SENDING, start.attempts + 1, now + _LEASE
    start.save(update_fields=["state", "attempts", "next_attempt_at"])
    return Claim(start.pk, start.attempts, engine, start.flow_uuid, start.engine_contact, start.urn)


def _why_not(start: Start, row: FlowEngine | None) -> str:
    """Return why a start may not be sent now, or an empty string."""
    member = member_of(start.by, start.project_id)
    if member is None or (row is not None and not is_starter(member, row.starters)):
        return Refusal.NOT_ALLOWED
    if start.sector.archived_at or not start.sector.active_messages:
        return Refusal.SECTOR
    person = Person(start.contact, start.engine_contact, start.urn)
    mains = {contact.main_id for contact in contacts_of(start.project, [person])[0]}
    if open_tickets(start.project, mains).exists():
        return Refusal.IN_CONVERSATION
    others = Start.objects.filter(project=start.project_id, contact__main__in=mains, state=StartState.SENDING)
    if others.exclude(pk=start.pk).exists():
        return Refusal.STARTING
    return ""


@transaction.atomic
def settle(claim: Claim, outcome: Outcome, *, now: datetime | None = None) -> None:
    """Store what came of sending a start; nothing, if a conversation has come of it meanwhile. ``now`` is aware."""
    now = now or timezone.now()
    rows = Start.objects.select_for_update(of=("self",), no_key=True)
    start = rows.filter(pk=claim.start, attempts=claim.attempt).first()
    if start is None:
        return
    if outcome.engine_start:
        start.engine_start = outcome.engine_start
        start.save(update_fields=["engine_start"])
    if start.state not in (StartState.SENDING, StartState.UNCLEAR):
        return
    failure = outcome.failure
    if failure is None:
        _finish(start, StartState.UNCLEAR if outcome.engine_start is None else StartState.STARTED, now)
    elif failure.refusal == Refusal.BUSY and start.attempts < _MAX_ATTEMPTS and start.state == StartState.SENDING:
        pause = timedelta(seconds=failure.retry_after) if failure.retry_after else _PAUSE * start.attempts
        start.state, start.next_attempt_at = StartState.QUEUED, now + min(pause, _MAX_PAUSE)
        start.save(update_fields=["state", "next_attempt_at"])
    else:
        _finish(start, StartState.REFUSED, now, refusal=failure.refusal, words=failure.words)


def _finish(start: Start, state: StartState, now: datetime, *, refusal: str = "", words: str = "") -> None:
    start.state, start.refusal, start.words, start.settled_at = state, refusal, words[:WORDS_LENGTH], now
    start.save(update_fields=["state", "refusal", "words", "settled_at"])
    live_events.changed(start)


def give_up_lost(*, now: datetime | None = None) -> int:
    """Mark starts whose sender has died: whether the engine took them is not known. Return how many. ``now`` is
    aware."""
    now = now or timezone.now()
    with transaction.atomic():
        lost = Start.objects.filter(state=StartState.SENDING, next_attempt_at__lte=now)
        found = list(lost.select_for_update(of=("self",), skip_locked=True, no_key=True)[:200])
        for start in found:
            logger.warning("start %s: its sender is gone", start.pk)
            _finish(start, StartState.UNCLEAR, now)
    return len(found)


_DUE_PROJECTS = """
SELECT DISTINCT project_id FROM (
    SELECT project_id FROM active_messages_start
     WHERE state = 'queued' AND next_attempt_at <= %s
     ORDER BY next_attempt_at LIMIT 500
) AS due
"""


def hand_over_due(*, now: datetime | None = None) -> int:
    """Defer jobs for starts that are due: after a pause, or because their job was lost. Return how many. ``now`` is
    aware."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE_PROJECTS, [now or timezone.now()])
        projects = [pk for (pk,) in cursor.fetchall()]
    for pk in projects:
        hand_over(pk)
    return len(projects)


def hand_over(project_id: UUID) -> None:
    """Defer the job that sends what is queued of a project, committed with the current transaction.

    One runs at a time and one more waits, however often this is called.
    """
    name = f"active_messages.send_starts:{project_id}"
    task = app.configure_task("active_messages.send_starts", lock=name, queueing_lock=name, allow_unknown=False)
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(project_id=str(project_id))
