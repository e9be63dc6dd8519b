"""Dashboard: live figures, and the figures of a period."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orgs.access import Member, MemberRequest, requires
from reports import figures
from reports.filter_choices import today, zones_of
from reports.filters import Filters, Selection
from reports.forms import read
from reports.live_figures import now
from sectors.readiness import not_ready

from .common import bounded_time, chosen, hidden_parts, refused, weekdays

#: Default period, in days up to today.
USUAL = 30
PERIODS = (7, 30, 90)


@require_GET
@never_cache
@requires(Member.may_use_chats)
@bounded_time
def dashboard(request: MemberRequest) -> HttpResponseBase:
    """Show live figures and the requested period."""
    member = request.member
    zones = zones_of(member)
    data = request.GET.copy()
    last = today(zones)
    usual = {"start": last - timedelta(days=USUAL - 1), "end": last}
    if not data.get("from") and not data.get("to"):
        data["from"], data["to"] = _text(usual["start"]), _text(usual["end"])
    filters, form = read(data, member)
    for name, day in zip(("from", "to"), usual.values(), strict=True):
        form.fields[name].widget.attrs["data-usual"] = _text(day)
    clock = "open" if request.GET.get("clock") == "open" else "wall"
    context: dict[str, Any] = {
        "form": form,
        "hidden": hidden_parts(form),
        "filters": filters or Filters(),
        "filter_count": _filter_count(filters, usual) if filters else 0,
        "clock": clock,
        "history_url": reverse("reports:history", args=[member.project.pk]),
        "watches": member.may_watch(),
        "not_ready": not_ready(member) if member.may_configure_some_sector() else [],
    }
    if filters is None:
        return refused(request, "reports/dashboard.html", context)
    filters = filters.but(counted="closed", order="newest")
    selection = Selection(member, filters, zones)
    return render(
        request,
        "reports/dashboard.html",
        context
        | {
            "filters": filters,
            "chosen": chosen(form, filters),
            "periods": _periods(filters, last, clock),
            "clocks": _clocks(filters, clock),
            "now": now(member, filters),
            "now_url": f"{reverse('reports:now', args=[member.project.pk])}?{filters.query()}",
            **_period(selection, member, clock),
        },
    )


@require_GET
@never_cache
@requires(Member.may_use_chats)
def now_fragment(request: MemberRequest) -> HttpResponseBase:
    """Render the live part alone; the page fetches it when something happens."""
    member = request.member
    filters, _form = read(request.GET, member)
    context = {"now": now(member, filters or Filters()), "watches": member.may_watch()}
    return render(request, "reports/_now.html", context)


def _filter_count(filters: Filters, usual: dict[str, date]) -> int:
    """Return how many filters are set; the period that is shown unless somebody asks for another one is none."""
    is_usual = (filters.start, filters.end) == (usual["start"], usual["end"])
    return (filters.but(start=None, end=None) if is_usual else filters).count


def _period(selection: Selection, member: Member, clock: str) -> dict[str, Any]:
    """Return the figures of a period, its tables, and the data of its charts."""
    summary = figures.summary(selection, clock)
    tags = figures.by_tag(selection, summary.closed, clock)
    days = figures.counts_by_day(selection)
    hours = figures.opened_by_hour(selection)
    own = figures.own_segments(selection.closed(), member.user.pk).get(member.user.pk)
    return {
        "summary": summary,
        "measures": [(measure, summary.spreads[measure.key]) for measure in figures.MEASURES],
        "own": own if member.is_agent else None,
        "cards": _cards(selection, summary),
        "tags": _Linked(selection).rows(tags, lambda f, row: f.and_also(also=row.pk)),
        "tables": _tables(selection, member, summary.closed, clock),
        "days": _Linked(selection).days(days),
        "hours": _Linked(selection).hours(hours),
        "hour_names": range(24),
        "busiest": max((max(row) for row in hours), default=0),
        "chart": {
            "days": [formats.date_format(day.date, "MONTH_DAY_FORMAT") for day in days],
            "opened": [day.opened for day in days],
            "closed": [day.closed for day in days],
            "tags": [row.label for row in tags[:12]],
            "tag_counts": [row.closed for row in tags[:12]],
            "words": {
                "opened": pgettext("how many tickets", "Opened"),
                "closed": pgettext("how many tickets", "Closed"),
                "tickets": _("Tickets"),
            },
        },
    }


class _Linked:
    """Pairs each figure with the URL of the tickets that it counts."""

    def __init__(self, selection: Selection) -> None:
        self._filters = selection.filters
        self._base = reverse("reports:history", args=[selection.member.project.pk])

    def to(self, filters: Filters) -> str:
        """Return the URL of a query's tickets."""
        return f"{self._base}?{filters.query()}"

    def rows(
        self, rows: list[figures.Row], narrowed: Callable[[Filters, figures.Row], Filters]
    ) -> list[tuple[figures.Row, str, str]]:
        """Return (row, URL of its closed tickets, URL of the tickets it had at any time)."""
        f = self._filters
        return [
            (row, self.to(narrowed(f, row)), self.to(f.and_also(with_agents=row.pk)) if row.pk else "")
            for row in rows
        ]

    def days(self, days: list[figures.Day]) -> list[tuple[figures.Day, str, str]]:
        """Return (day, URL of the tickets opened, URL of those closed on it)."""
        f = self._filters
        return [
            (
                day,
                self.to(f.but(start=day.date, end=day.date, counted="opened")),
                self.to(f.but(start=day.date, end=day.date)),
            )
            for day in days
        ]

    def hours(self, table: list[list[int]]) -> list[tuple[str, list[tuple[int, str]]]]:
        """Return (weekday, [(count, URL) by hour])."""
        f = self._filters.but(counted="opened")
        return [
            (name, [(n, self.to(f.but(weekday=day, hour=hour)) if n else "") for hour, n in enumerate(row)])
            for day, (name, row) in enumerate(zip(weekdays(), table, strict=True))
        ]


def _cards(selection: Selection, summary: figures.Summary) -> list[dict[str, Any]]:
    f, to = selection.filters, _Linked(selection).to
    opened, closed = pgettext("how many tickets", "Opened"), pgettext("how many tickets", "Closed")
    return [
        {"label": opened, "value": summary.opened, "url": to(f.but(counted="opened"))},
        {"label": closed, "value": summary.closed, "url": to(f)},
        {
            "label": pgettext("how many tickets", "Abandoned"),
            "value": summary.abandoned,
            "url": to(f.and_also(only="abandoned")),
            "note": _("closed before anyone was assigned"),
        },
        {
            "label": _("Never answered"),
            "value": summary.unanswered,
            "url": to(f.and_also(only="unanswered")),
            "note": _("no message of a person"),
        },
        {
            "label": pgettext("how many tickets", "Transferred"),
            "value": summary.transferred,
            "url": to(f.and_also(only="transferred")),
            "note": _("%(n)d transfers") % {"n": summary.transfers},
        },
        {"label": _("Closed by the flow"), "value": summary.by_flow, "url": to(f.and_also(only="flow"))},
    ]


def _tables(selection: Selection, member: Member, total: int, clock: str) -> list[dict[str, Any]]:
    linked = _Linked(selection)
    sectors = figures.by_sector(selection, total, clock)
    queues = figures.by_queue(selection, total, clock)
    tables = [
        {
            "name": _("Sector"),
            "title": _("By sector"),
            "total": total,
            "rows": linked.rows(sectors, lambda f, row: f.but(sector=row.pk)),
        },
        {
            "name": _("Queue"),
            "title": _("By queue"),
            "total": total,
            "rows": linked.rows(queues, lambda f, row: f.but(queue=row.pk)),
        },
    ]
    if member.may_watch():
        agents = figures.by_agent(selection, total, clock)
        tables.append(
            {
                "name": _("Agent"),
                "title": _("By agent"),
                "total": total,
                "people": True,
                "rows": linked.rows(
                    agents, lambda f, row: f.but(agent=row.pk) if row.pk else f.and_also(only="nobody")
                ),
            }
        )
    return tables


def _periods(filters: Filters, last: date, clock: str) -> list[tuple[str, str, bool]]:
    """Return (label, URL, whether it is selected) of the preset periods."""
    found = []
    for days in PERIODS:
        start = last - timedelta(days=days - 1)
        same = (filters.start, filters.end) == (start, last)
        address = "?" + filters.but(start=start, end=last).query() + _clock(clock)
        found.append((_("%(days)d days") % {"days": days}, address, same))
    return found


def _clocks(filters: Filters, clock: str) -> list[tuple[str, str, bool]]:
    words = {"wall": _("All hours"), "open": _("Work hours only")}
    return [(words[key], "?" + filters.query() + _clock(key), key == clock) for key in words]


def _clock(clock: str) -> str:
    return "&clock=open" if clock == "open" else ""


def _text(day: date) -> str:
    return day.isoformat()
