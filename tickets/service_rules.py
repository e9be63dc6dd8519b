"""What the rules of attending ask to be done now (docs/rules.md, Rules of attending); reads only.

Each question goes through an index that holds nothing but candidates, sector by sector, and is bounded; what is left
over is found the next time. What acts on a conversation counts from the last change of the rules at the earliest:
setting one does not give back or close at once all that is open.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection

from tickets.routing.engine import capacities, comes_straight_back

#: Of a sector at most so many are found at a time.
MAX_TICKETS = 500

_UNANSWERED = """
SELECT a.ticket_id, r.sector_id, a.queue_id, a.agent_id
  FROM tickets_attendancerules r
  JOIN LATERAL (
       SELECT ticket_id, queue_id, agent_id FROM tickets_assignment
        WHERE sector_id = r.sector_id AND ended_at IS NULL AND answered_at IS NULL
          AND started_at <= %(now)s - r.give_back_after * interval '1 minute'
        ORDER BY started_at LIMIT %(most)s) a ON true
 WHERE r.modified_at <= %(now)s - r.give_back_after * interval '1 minute'
"""

_TO_WARN = """
SELECT t.id
  FROM tickets_attendancerules r
  JOIN LATERAL (
       SELECT id FROM tickets_ticket
        WHERE sector_id = r.sector_id AND status = 'active' AND warned_at IS NULL
          AND silent_since <= %(now)s - r.warn_after * interval '1 minute'
        ORDER BY silent_since LIMIT %(most)s) t ON true
 WHERE r.modified_at <= %(now)s - r.warn_after * interval '1 minute'
"""

# Who was warned late is closed as much later.
_TO_CLOSE = """
SELECT t.id
  FROM tickets_attendancerules r
  JOIN LATERAL (
       SELECT id FROM tickets_ticket
        WHERE sector_id = r.sector_id AND status = 'active'
          AND silent_since <= %(now)s - r.close_after * interval '1 minute'
          AND (r.warn_after IS NULL
               OR warned_at <= %(now)s - (r.close_after - r.warn_after) * interval '1 minute')
        ORDER BY silent_since LIMIT %(most)s) t ON true
 WHERE r.modified_at <= %(now)s - r.close_after * interval '1 minute'
"""

_MISSED = """
SELECT t.id
  FROM tickets_attendancerules r
  JOIN LATERAL (
       SELECT id FROM tickets_ticket
        WHERE sector_id = r.sector_id AND status = 'waiting' AND target_missed_at IS NULL
          AND queued_at <= %(now)s - r.waiting_target * interval '1 minute'
        ORDER BY queued_at LIMIT %(most)s) t ON true
"""


def to_give_back(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return the tickets that their agents have not answered in time, longest first in each sector; not those that
    would come straight back. Two queries. ``now`` is aware."""
    rows = _rows(_UNANSWERED, now, most)
    agents = capacities({sector for _ticket, sector, _queue, _agent in rows}) if rows else {}
    return [ticket for ticket, sector, queue, agent in rows if not comes_straight_back(agents[sector], agent, queue)]


def to_warn(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return the tickets whose silent contact is to be warned. ``now`` is aware."""
    return [row[0] for row in _rows(_TO_WARN, now, most)]


def to_close(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return the tickets that are to be closed for their contact's silence. ``now`` is aware."""
    return [row[0] for row in _rows(_TO_CLOSE, now, most)]


def with_missed_target(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return the waiting tickets that have just waited longer than their sector's target. ``now`` is aware."""
    return [row[0] for row in _rows(_MISSED, now, most)]


def _rows(sql: str, now: datetime, most: int) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "most": most})
        return cursor.fetchall()
