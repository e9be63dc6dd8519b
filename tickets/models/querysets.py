"""Queries on tickets; ``visible_to`` defines what a member sees, ``in_own_right`` what of it figures are made of."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, Self
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.timezones import between, start_of_day
from orgs.access import Member
from sectors.models import Sector

from .assignments import Assignment
from .mentions import Mention

# Each line is numbered from its head to the last ticket asked for, whoever may see those between.
_POSITIONS = """
WITH asked AS MATERIALIZED (
  SELECT id, queue_id, queued_at FROM tickets_ticket WHERE status = 'waiting' AND id = ANY(%s)
), last AS (
  SELECT DISTINCT ON (queue_id) queue_id, queued_at, id FROM asked ORDER BY queue_id, queued_at DESC, id DESC
)
SELECT line.id, line.position
  FROM last CROSS JOIN LATERAL (
    SELECT t.id, row_number() OVER (ORDER BY t.queued_at, t.id) AS position
      FROM tickets_ticket t
     WHERE t.status = 'waiting' AND t.queue_id = last.queue_id AND (t.queued_at, t.id) <= (last.queued_at, last.id)
  ) line
  JOIN asked ON asked.id = line.id
"""


def line_positions(ticket_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the position in its queue of each of the tickets that waits, 1 for the next.

    One query for all; each line is counted once. The same as ``TicketQuerySet.with_position`` says of one.
    """
    if not ticket_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, [list(ticket_ids)])
        return dict(cursor.fetchall())


def _instant(moment: date | None, zone: str) -> datetime | None:
    """Return the beginning of a date in a zone; a time is itself."""
    return moment if moment is None or isinstance(moment, datetime) else start_of_day(moment, zone)


def _in_own_right(member: Member) -> Q:
    """The condition of ``in_own_right``, for a member with access to Chats who does not see the whole project."""
    attended = Assignment.objects.filter(ticket=OuterRef("pk"), agent=member.user)
    return (
        Q(sector_id__in=member.managed_sector_ids)
        | Q(agent=member.user)
        | Q(status="waiting", queue_id__in=member.queue_ids)
        | Q(Exists(attended), status="closed")
    )


def _by_mention(member: Member) -> Q:
    """Tickets in the member's queues with a note that mentions them."""
    mentions = Mention.objects.filter(ticket=OuterRef("pk"), user=member.user)
    return Q(Exists(mentions), queue_id__in=member.queue_ids)


class TicketQuerySet(QuerySet):
    """Tickets by state, visibility and order."""

    def waiting(self) -> Self:
        """Tickets in a queue, without an agent."""
        return self.filter(status="waiting")

    def active(self) -> Self:
        """Tickets with an agent."""
        return self.filter(status="active")

    def open(self) -> Self:
        """Tickets that are waiting or active."""
        return self.exclude(status="closed")

    def closed(self) -> Self:
        """Tickets that are closed."""
        return self.filter(status="closed")

    def in_line_order(self) -> Self:
        """In queue order: first in, first out."""
        return self.order_by("queued_at", "id")

    def visible_to(self, member: Member) -> Self:
        """Tickets the member may see (docs/rules.md, Visibility): those of ``noted_by``, and those that agents read
        beside an open ticket of the same contact.
        """
        return self._seen_by(member, lambda: _by_mention(member) | self._read_beside(member))

    def noted_by(self, member: Member) -> Self:
        """Tickets the member may add notes to: those of ``in_own_right``, and those seen by a mention."""
        return self._seen_by(member, lambda: _by_mention(member))

    def only_by_mention(self, member: Member) -> Self:
        """Tickets that the member would not see without being mentioned in a note of theirs."""
        if member.sees_whole_project or not member.queue_ids:
            return self.none()
        return self.filter(_by_mention(member), project=member.project).exclude(_in_own_right(member))

    def in_own_right(self, member: Member) -> Self:
        """Tickets the member sees without a mention and whatever else there is of their contacts: what history lists
        and figures count.

        Administrators and Contributors: all of the project. Managers: those of their sectors. Agents: their own,
        those waiting in their queues, and closed ones they once had.
        """
        return self._seen_by(member)

    def _seen_by(self, member: Member, on_a_queue: Callable[[], Q] = Q) -> Self:
        """Tickets in the member's own right, and those for which ``on_a_queue`` holds, if they are on any."""
        tickets = self.filter(project=member.project)
        if member.sees_whole_project:
            return tickets
        if not member.has_chats:
            return tickets.none()
        sees = _in_own_right(member)
        return tickets.filter(sees | on_a_queue() if member.queue_ids else sees)

    def _read_beside(self, member: Member) -> Q:
        """Closed tickets of the member's sectors whose contact has an open one that the member sees.

        An anonymous ticket gives sight of anonymous ones alone, and the other way round: each would tell whose the
        other is.
        """
        tickets: Any = self.model
        sectors = Sector.objects.filter(queues__in=member.queue_ids).exclude(
            attendance_rules__agents_read_earlier=False
        )
        beside = (
            tickets.objects.noted_by(member)
            .open()
            .filter(main_contact=OuterRef("main_contact"), is_anon=OuterRef("is_anon"))
        )
        return Q(Exists(beside), status="closed", sector__in=sectors.values("pk"))

    def of_person(self, ticket: Any) -> Self:
        """The tickets of a ticket's contact and of the contacts joined with it (docs/rules.md, Contacts).

        Of other contacts, an anonymous ticket is shown beside anonymous ones alone: the address of any other would be
        its own.
        """
        return self.filter(main_contact=ticket.main_contact_id).filter(
            Q(contact=ticket.contact_id) | Q(is_anon=ticket.is_anon)
        )

    def attended_by(self, member: Member) -> Self:
        """The member's own active tickets in the project."""
        return self.active().filter(project=member.project, agent=member.user)

    def within_days(
        self, column: str, zones: Collection[str], *, start: date | None = None, before: date | None = None
    ) -> Self:
        """Tickets of which a column lies between two times, the second excluded; None sets no bound.

        A date is the beginning of that day in the time zone of each ticket's sector. ``zones``: those of all sectors
        of the project (``SectorQuerySet.zones``).
        """
        spans = {zone: (_instant(start, zone), _instant(before, zone)) for zone in zones}
        starts, ends = zip(*spans.values(), strict=True)
        # The outer bounds allow a range scan of the index on the column.
        outer = between(column, min(filter(None, starts), default=None), max(filter(None, ends), default=None))
        if len({*spans.values()}) == 1:
            return self.filter(outer)
        each = reduce(or_, (between(column, *span) & Q(sector__timezone=zone) for zone, span in spans.items()))
        return self.filter(outer & each)

    def with_position(self) -> Self:
        """Annotate ``line_position``: 1 for the next in its queue; only meaningful for waiting tickets.

        For a few tickets; ``line_positions`` is cheaper for many.
        """
        tickets: Any = self.model
        ahead = (
            tickets.objects.filter(status="waiting", queue=OuterRef("queue"))
            .filter(
                Q(queued_at__lt=OuterRef("queued_at")) | Q(queued_at=OuterRef("queued_at"), id__lt=OuterRef("id"))
            )
            .order_by()
            .values("queue")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return self.annotate(line_position=Coalesce(Subquery(ahead), 0) + 1)

    def for_lists(self) -> Self:
        """Select the related rows that every list of tickets shows."""
        return self.select_related("contact", "queue", "sector", "agent")

    def longest_unanswered_first(self) -> Self:
        """Order by the longest wait for an answer; answered tickets last, the most recent message first."""
        return self.order_by(F("unanswered_since").asc(nulls_last=True), "-last_message_at", "id")
