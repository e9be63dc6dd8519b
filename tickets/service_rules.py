"""Tickets that are due under the service rules (docs/rules.md, Service rules); read-only.

Each query uses an index that holds only candidates, sector by sector, and is bounded; the rest is found the next
time. Rules that act on conversations count at the earliest from their last change, so that setting one does not
return or close everything open at once.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection

from tickets.routing.engine import capacities, comes_straight_back

#: Tickets found per sector and query.
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

# Nobody counts as online without a status. Who was given the ticket while offline has the whole time too.
_OF_OFFLINE_AGENTS = """
SELECT t.id
  FROM tickets_attendancerules r
  JOIN LATERAL (
       SELECT ticket.id FROM tickets_ticket ticket
         JOIN tickets_assignment a ON a.ticket_id = ticket.id AND a.ended_at IS NULL
          AND a.started_at <= %(now)s - r.move_on_after * interval '1 minute'
         LEFT JOIN queues_agentstatus st ON st.project_id = ticket.project_id AND st.user_id = ticket.agent_id
        WHERE ticket.sector_id = r.sector_id AND ticket.status = 'active' AND ticket.unanswered_since IS NOT NULL
          AND (st.id IS NULL
               OR st.status = 'offline' AND st.since <= %(now)s - r.move_on_after * interval '1 minute')
        ORDER BY ticket.unanswered_since LIMIT %(most)s) t ON true
 WHERE r.modified_at <= %(now)s - r.move_on_after * interval '1 minute'
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

# A late warning delays the closing accordingly.
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
    """Return tickets that their agents have not answered in time, the longest per sector first.

    Leaves out those that would be routed straight back. Two queries. ``now`` is aware.
    """
    rows = _rows(_UNANSWERED, now, most)
    agents = capacities({sector for _ticket, sector, _queue, _agent in rows}) if rows else {}
    return [ticket for ticket, sector, queue, agent in rows if not comes_straight_back(agents[sector], agent, queue)]


def to_move_on(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return tickets whose contact waits for an agent who has been offline too long. ``now`` is aware."""
    return [row[0] for row in _rows(_OF_OFFLINE_AGENTS, now, most)]


def to_warn(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return tickets whose silent contact is to be warned. ``now`` is aware."""
    return [row[0] for row in _rows(_TO_WARN, now, most)]


def to_close(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return tickets to close because of their contact's silence. ``now`` is aware."""
    return [row[0] for row in _rows(_TO_CLOSE, now, most)]


def with_missed_target(now: datetime, most: int = MAX_TICKETS) -> list[UUID]:
    """Return waiting tickets that have just exceeded their sector's target. ``now`` is aware."""
    return [row[0] for row in _rows(_MISSED, now, most)]


def _rows(sql: str, now: datetime, most: int) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "most": most})
        return cursor.fetchall()
