"""An organization's usage by project and month (docs/reports.md, Usage).

Months are in UTC: an organization has no time zone, and its sectors may have several. Counts use index-only scans,
and agents are found by skipping through an index instead of reading all segments, so the cost doesn't depend on the
number of tickets.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core.text import by_name
from orgs.models import Organization, Project

#: Months shown by default, up to the current one.
LAST_MONTHS = 12


@dataclass(frozen=True)
class Figures:
    """Tickets opened and closed, and people who had at least one, of a month (YYYY-MM) or several."""

    opened: int = 0
    closed: int = 0
    agents: int = 0
    month: str = field(default="", compare=False)

    @property
    def any(self) -> bool:
        """Whether there is any usage."""
        return bool(self.opened or self.closed or self.agents)


@dataclass(frozen=True)
class ProjectUsage:
    """A project's figures by month, and for all these months together."""

    pk: UUID
    name: str
    archived: bool
    months: tuple[Figures, ...]
    total: Figures


@dataclass(frozen=True)
class Usage:
    """An organization's figures: first days of the months, projects by name, and totals over all projects.

    Totals count an agent once, however many projects and months they were active in.
    """

    months: tuple[date, ...]
    projects: tuple[ProjectUsage, ...]
    totals: tuple[Figures, ...]
    total: Figures


def last_months(today: date, count: int = LAST_MONTHS) -> tuple[date, ...]:
    """Return the first days of the last months, including the month of ``today``."""
    number = today.year * 12 + today.month - 1
    return tuple(date(n // 12, n % 12 + 1, 1) for n in range(number - count + 1, number + 1))


def months_of(year: int, today: date) -> tuple[date, ...]:
    """Return the first days of a year's months up to now."""
    return tuple(month for month in (date(year, n, 1) for n in range(1, 13)) if month <= today)


def this_day() -> date:
    """Return today's date in UTC."""
    return timezone.now().astimezone(UTC).date()


def years_of(organization: Organization, today: date) -> tuple[int, ...]:
    """Return the years since the organization's first ticket, latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, {"organization": organization.pk})
        (first,) = cursor.fetchone()
    begun = first.astimezone(UTC).year if first else today.year
    return tuple(range(today.year, min(begun, today.year) - 1, -1))


def usage_of(organization: Organization, months: tuple[date, ...]) -> Usage:
    """Return the figures of the months (first days, in order). Three queries, whatever the number of projects.

    Includes archived projects with usage in these months.
    """
    counts: dict[tuple[UUID, date], tuple[int, int]] = {}
    people: dict[tuple[UUID, date], set[UUID]] = defaultdict(set)
    for project, month, opened, closed in _rows(_COUNTS, organization, months):
        counts[project, month] = (opened, closed)
    for project, month, agent in _rows(_AGENTS, organization, months):
        people[project, month].add(agent)
    projects = [
        _of_project(project, months, counts, people)
        for project in Project.objects.filter(organization=organization).order_by(*by_name())
    ]
    shown = tuple(row for row in projects if not row.archived or row.total.any)
    pks = [row.pk for row in shown]
    totals = [_sum(((pk, month) for pk in pks), counts, people, month) for month in months]
    return Usage(months, shown, tuple(totals), _sum(((pk, m) for pk in pks for m in months), counts, people))


Key = tuple[UUID, date]


def _of_project(
    project: Project,
    months: tuple[date, ...],
    counts: dict[Key, tuple[int, int]],
    people: dict[Key, set[UUID]],
) -> ProjectUsage:
    return ProjectUsage(
        pk=project.pk,
        name=project.name,
        archived=project.archived_at is not None,
        months=tuple(_sum([(project.pk, month)], counts, people, month) for month in months),
        total=_sum([(project.pk, month) for month in months], counts, people),
    )


def _sum(
    keys: Iterable[Key],
    counts: dict[Key, tuple[int, int]],
    people: dict[Key, set[UUID]],
    month: date | None = None,
) -> Figures:
    """Return the total of several cells: tickets summed, people counted once."""
    opened = closed = 0
    agents: set[UUID] = set()
    for key in keys:
        more_opened, more_closed = counts.get(key, (0, 0))
        opened, closed = opened + more_opened, closed + more_closed
        agents |= people.get(key, set())
    return Figures(opened, closed, len(agents), f"{month:%Y-%m}" if month else "")


def _rows(sql: str, organization: Organization, months: tuple[date, ...]) -> list[tuple[Any, ...]]:
    begins = [datetime(m.year, m.month, 1, tzinfo=UTC) for m in months]
    ends = [datetime(m.year + m.month // 12, m.month % 12 + 1, 1, tzinfo=UTC) for m in months]
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {"organization": organization.pk, "months": list(months), "begins": begins, "ends": ends},
        )
        return cursor.fetchall()


_PLACE = """
place AS (
  SELECT s.id AS sector, s.project_id AS project
  FROM sectors_sector s JOIN orgs_project p ON p.id = s.project_id
  WHERE p.organization_id = %(organization)s
)"""

_FIRST = f"""
WITH {_PLACE}
SELECT min((SELECT min(t.opened_at) FROM tickets_ticket t WHERE t.sector_id = sector)) FROM place"""

_MONTH = """
month AS (
  SELECT * FROM unnest(%(months)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
    AS m (month, begins, ends)
)"""

# By sector, the leading column of the indexes; a ticket's sector always belongs to its project.
_COUNTS = f"""
WITH {_PLACE}, {_MONTH}
SELECT project, month, sum(opened)::int, sum(closed)::int
FROM place CROSS JOIN month
CROSS JOIN LATERAL (
  SELECT count(*) AS opened FROM tickets_ticket t
  WHERE t.sector_id = sector AND t.opened_at >= begins AND t.opened_at < ends
) AS o
CROSS JOIN LATERAL (
  SELECT count(*) AS closed FROM tickets_ticket t
  WHERE t.sector_id = sector AND t.status = 'closed' AND t.closed_at >= begins AND t.closed_at < ends
) AS c
GROUP BY project, month"""

# Skip scan from one agent of a sector to the next; then, for each month: a segment that begins in it, one that ends
# in it, one still open that began earlier, one that spans it.
_AGENTS = f"""
WITH RECURSIVE {_PLACE}, {_MONTH}, pair AS (
  SELECT sector, project,
    (SELECT a.agent_id FROM tickets_assignment a WHERE a.sector_id = sector ORDER BY a.agent_id LIMIT 1) AS agent
  FROM place
  UNION ALL
  SELECT sector, project,
    (SELECT a.agent_id FROM tickets_assignment a
     WHERE a.sector_id = sector AND a.agent_id > agent ORDER BY a.agent_id LIMIT 1)
  FROM pair WHERE agent IS NOT NULL
)
SELECT DISTINCT project, month, agent FROM pair CROSS JOIN month
WHERE agent IS NOT NULL AND (
  EXISTS (SELECT FROM tickets_assignment a WHERE a.sector_id = sector AND a.agent_id = agent
          AND a.started_at >= begins AND a.started_at < ends)
  OR EXISTS (SELECT FROM tickets_assignment a WHERE a.sector_id = sector AND a.agent_id = agent
             AND a.ended_at > begins AND a.ended_at <= ends)
  OR EXISTS (SELECT FROM tickets_assignment a WHERE a.sector_id = sector AND a.agent_id = agent
             AND a.started_at < begins AND a.ended_at IS NULL)
  OR EXISTS (SELECT FROM tickets_assignment a WHERE a.sector_id = sector AND a.agent_id = agent
             AND a.started_at < begins AND a.ended_at > ends AND a.ended_at - a.started_at >= interval '28 days')
)"""
