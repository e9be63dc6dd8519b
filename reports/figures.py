"""The definition and computation of every figure (docs/reports.md describes them in words).

All figures are queries on a ``Selection``, so a card, a table row and the list behind it select the same tickets.
Durations are in seconds; None means "no tickets" and is shown as a dash, never as 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Avg, Case, Count, F, FloatField, Q, QuerySet, Sum, When
from django.utils.translation import gettext_lazy as _

from core.errors import Sentence
from core.text import by_name
from orgs.models import User
from orgs.querysets import by_person
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tickets.models import Assignment, Ticket

from .db_functions import Percentile, local_date, local_hour, local_weekday, seconds_between
from .filters import Selection


@dataclass(frozen=True)
class Measure:
    """A duration of a closed ticket: the expression to average, and its counterpart within work hours if there is
    one.
    """

    key: str
    label: Sentence
    meaning: Sentence
    column: Any
    open_column: Any = None

    def of(self, clock: str) -> Any:
        """Return the expression to average: work hours only if ``open`` is set and the measure supports it."""
        return self.open_column if clock == "open" and self.open_column is not None else self.column


MEASURES: tuple[Measure, ...] = (
    Measure(
        "waiting",
        _("Waiting time"),
        _("From joining a queue to being assigned, over all of a ticket's stays in queues."),
        F("waiting_seconds"),
        F("waiting_open_seconds"),
    ),
    Measure(
        "first_response",
        _("First response"),
        _("From the hand-over to the first message of a person; tickets without one are counted beside it."),
        F("first_response_seconds"),
        F("first_response_open_seconds"),
    ),
    Measure(
        "response",
        _("Response time"),
        _("From a contact's unanswered message to the agent's next one, the mean of a ticket's exchanges."),
        F("response_seconds"),
        F("response_open_seconds"),
    ),
    Measure(
        "handling",
        _("Handling time"),
        _("From assignment to closing or transfer, summed over the agents who had the ticket."),
        # A ticket that was never assigned has no handling time, rather than one of 0.
        Case(When(assigned_at__isnull=False, then=F("handling_seconds")), output_field=FloatField()),
    ),
    Measure("duration", _("Duration"), _("From opening to closing."), seconds_between("opened_at", "closed_at")),
)
_BY_KEY = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True)
class Spread:
    """Mean, median and 95th percentile in seconds, each None without tickets. ``count``: number of tickets."""

    mean: float | None
    median: float | None
    p95: float | None
    count: int


@dataclass(frozen=True)
class Summary:
    """The figures of a selection, of closed tickets except ``opened``. ``spreads`` by the measure's key."""

    opened: int
    closed: int
    abandoned: int
    unanswered: int
    transferred: int
    transfers: int
    by_flow: int
    spreads: Mapping[str, Spread]


def _spread(measures: Iterable[Measure], clock: str) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for measure in measures:
        value = measure.of(clock)
        asked[f"{measure.key}_mean"] = Avg(value)
        asked[f"{measure.key}_median"] = Percentile(value, share=0.5)
        asked[f"{measure.key}_p95"] = Percentile(value, share=0.95)
        asked[f"{measure.key}_count"] = Count(value)
    return asked


def _spread_of(row: Mapping[str, Any], key: str) -> Spread:
    return Spread(row[f"{key}_mean"], row[f"{key}_median"], row[f"{key}_p95"], row[f"{key}_count"])


def summary(selection: Selection, clock: str = "wall") -> Summary:
    """Return the figures of a selection; ``clock`` is ``wall`` or ``open`` (work hours only). Two queries."""
    row = (
        selection.closed()
        .order_by()
        .aggregate(
            closed=Count("pk"),
            abandoned=Count("pk", filter=Q(assigned_at=None)),
            unanswered=Count("pk", filter=Q(first_response_at=None)),
            transferred=Count("pk", filter=Q(transfer_count__gt=0)),
            transfers=Sum("transfer_count", default=0),
            by_flow=Count("pk", filter=Q(closed_by_flow=True)),
            **_spread(MEASURES, clock),
        )
    )
    return Summary(
        opened=selection.opened().count(),
        closed=row["closed"],
        abandoned=row["abandoned"],
        unanswered=row["unanswered"],
        transferred=row["transferred"],
        transfers=row["transfers"],
        by_flow=row["by_flow"],
        spreads={measure.key: _spread_of(row, measure.key) for measure in MEASURES},
    )


@dataclass(frozen=True)
class Row:
    """A table row: its subject, number of closed tickets, and spreads by measure."""

    pk: UUID | None
    label: str
    closed: int
    share: float
    spreads: Mapping[str, Spread]
    attended: int = 0
    archived: bool = False


TABLE_MEASURES = tuple(_BY_KEY[key] for key in ("waiting", "first_response", "handling"))


def _grouped(tickets: QuerySet[Ticket], by: str, clock: str) -> list[dict[str, Any]]:
    rows: Any = tickets.order_by().values(group=F(by))
    return list(rows.annotate(closed=Count("pk"), **_spread(TABLE_MEASURES, clock)))


def _rows(grouped: Iterable[Mapping[str, Any]], labels: Mapping[Any, tuple[str, bool]], total: int) -> list[Row]:
    found = [
        Row(
            pk=row["group"],
            label=labels.get(row["group"], ("", False))[0],
            archived=labels.get(row["group"], ("", False))[1],
            closed=row["closed"],
            share=row["closed"] / total if total else 0,
            spreads={m.key: _spread_of(row, m.key) for m in TABLE_MEASURES},
        )
        for row in grouped
    ]
    # By name among equals, as the labels are.
    place = {key: n for n, key in enumerate(labels)}
    return sorted(found, key=lambda row: (-row.closed, place.get(row.pk, len(place))))


def _with_sector(places: QuerySet[Any]) -> dict[Any, tuple[str, bool]]:
    """Return (name, archived) of queues or tags, by name; it includes the sector's if they are of several."""
    found = list(places.order_by(*by_name("sector__name"), *by_name()))
    several = len({place.sector_id for place in found}) > 1
    return {
        place.pk: (f"{place.sector.name} · {place.name}" if several else place.name, place.archived_at is not None)
        for place in found
    }


def by_sector(selection: Selection, total: int, clock: str = "wall") -> list[Row]:
    """Return closed tickets by sector; the rows add up to the total."""
    grouped = _grouped(selection.closed(), "sector", clock)
    names = Sector.objects.filter(pk__in=[row["group"] for row in grouped]).order_by(*by_name())
    return _rows(grouped, {s.pk: (s.name, s.archived_at is not None) for s in names}, total)


def by_queue(selection: Selection, total: int, clock: str = "wall") -> list[Row]:
    """Return closed tickets by their last queue; the rows add up to the total."""
    grouped = _grouped(selection.closed(), "queue", clock)
    names = Queue.objects.filter(pk__in=[row["group"] for row in grouped]).select_related("sector")
    labels = _with_sector(names)
    return _rows(grouped, labels, total)


def by_tag(selection: Selection, total: int, clock: str = "wall") -> list[Row]:
    """Return closed tickets by tag, once under each of a ticket's tags, so the rows may exceed the total."""
    grouped = _grouped(selection.closed(), "ticket_tags__tag", clock)
    names = Tag.objects.filter(pk__in=[row["group"] for row in grouped]).select_related("sector")
    labels = _with_sector(names)
    return _rows(grouped, labels, total)


def by_agent(selection: Selection, total: int, clock: str = "wall") -> list[Row]:
    """Return closed tickets by last agent (None: unassigned at the end); the rows add up to the total.

    ``attended`` counts tickets that the agent had at any time; handling time is of the agent's own segments, so it
    isn't affected by transfers. Agents whose tickets were all closed by others have a row with no closed tickets.
    """
    tickets = selection.closed()
    grouped = {row["group"]: row for row in _grouped(tickets, "agent", clock)}
    own = own_segments(tickets)
    empty: dict[str, Any] = {f"{m.key}_{part}": None for m in TABLE_MEASURES for part in ("mean", "median", "p95")}
    empty |= {f"{m.key}_count": 0 for m in TABLE_MEASURES}
    for pk, segment in own.items():
        row = grouped.setdefault(pk, {"group": pk, "closed": 0, **empty})
        row.update({name: value for name, value in segment.items() if name.startswith("handling_")})
    people = User.objects.filter(pk__in=[pk for pk in grouped if pk]).order_by(*by_person())
    names: dict[UUID | None, tuple[str, bool]] = {u.pk: (u.name, False) for u in people}
    names[None] = (str(_("Nobody")), False)
    return [
        Row(row.pk, row.label, row.closed, row.share, row.spreads, attended=own.get(row.pk, {}).get("tickets", 0))
        for row in _rows(grouped.values(), names, total)
    ]


def own_segments(tickets: QuerySet[Ticket], agent: UUID | None = None) -> dict[Any, dict[str, Any]]:
    """Return, by agent, the number of tickets they had and the spread of their own time with each."""
    segments = Assignment.objects.filter(ticket__in=tickets.order_by().values("pk"), ended_at__isnull=False)
    if agent is not None:
        segments = segments.filter(agent=agent)
    seconds = seconds_between("started_at", "ended_at")
    by_agents: Any = segments.order_by().values("agent")
    rows = by_agents.annotate(
        tickets=Count("ticket", distinct=True),
        handling_mean=Avg(seconds),
        handling_median=Percentile(seconds, share=0.5),
        handling_p95=Percentile(seconds, share=0.95),
        handling_count=Count("pk"),
    )
    return {row["agent"]: row for row in rows}


@dataclass(frozen=True)
class Day:
    """A date with the number of tickets opened and closed on it, in the time zones of their sectors."""

    date: date
    opened: int
    closed: int


#: Maximum number of days in a chart; a longer span lists only days with tickets.
MAX_DAYS = 400


def counts_by_day(selection: Selection) -> list[Day]:
    """Return the days of the selection's span, including days without tickets."""
    opened = _by_date(selection.opened(), "opened_at")
    closed = _by_date(selection.closed(), "closed_at")
    days = sorted(opened.keys() | closed.keys())
    first = selection.filters.start or (days[0] if days else None)
    last = selection.filters.end or (days[-1] if days else None)
    if first and last and (last - first).days < MAX_DAYS:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [Day(day, opened.get(day, 0), closed.get(day, 0)) for day in days[-MAX_DAYS:]]


def _by_date(tickets: QuerySet[Ticket], column: str) -> dict[date, int]:
    rows = tickets.order_by().values(day=local_date(column)).annotate(n=Count("pk"))
    return {row["day"]: row["n"] for row in rows}


def opened_by_hour(selection: Selection) -> list[list[int]]:
    """Return the number of tickets opened by weekday (Monday first) and hour, on the clock of their sector."""
    table = [[0] * 24 for _ in range(7)]
    rows = (
        selection.opened()
        .order_by()
        .values(day=local_weekday("opened_at"), at=local_hour("opened_at"))
        .annotate(n=Count("pk"))
    )
    for row in rows:
        table[row["day"]][row["at"]] = row["n"]
    return table
