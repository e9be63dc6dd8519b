"""The usage page: an organization's usage by project and month (docs/reports.md, Usage)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.errors import Invalid
from core.exports import Column, cells, column_names, csv_response
from orgs.access import OrganizationMember, OrganizationRequest, organization_requires, projects_of
from reports import usage
from reports.usage import Figures, ProjectUsage, Usage

#: Projects per page; totals include all of them.
PAGE = 50
#: The figures on offer; the first is the default.
FIGURES = ("closed", "opened", "agents")


@dataclass(frozen=True)
class Question:
    """The requested year (None: the last months), figure, and first project of the page."""

    year: int | None
    figure: str
    start: int

    def query(self, **changes: Any) -> str:
        """Return the query string with some fields replaced."""
        values = {"year": self.year, "figure": self.figure, "from": self.start} | changes
        kept = {"year": None, "figure": FIGURES[0], "from": 0}
        parts = [f"{name}={value}" for name, value in values.items() if value != kept[name]]
        return "?" + "&".join(parts)


def _question(request: HttpRequest, years: tuple[int, ...]) -> Question:
    """Parse the URL. Raises Invalid."""
    figure = request.GET.get("figure", FIGURES[0])
    start = request.GET.get("from", "0")
    if figure not in FIGURES or not (start.isascii() and start.isdigit() and len(start) < 7):
        raise Invalid(_("This page is not there. Choose one of the figures and periods below."))
    return Question(year_of(request.GET.get("year", ""), years), figure, int(start))


def year_of(text: str, years: tuple[int, ...]) -> int | None:
    """Return the requested year, None for the last months. Raises Invalid for a year not in ``years``."""
    if not text:
        return None
    if text not in {str(year) for year in years}:
        raise Invalid(
            _("There are no figures of this year. Choose one from %(first)d to %(last)d.")
            % {"first": years[-1], "last": years[0]},
            field="year",
        )
    return int(text)


def months_asked(year: int | None, today: date) -> tuple[date, ...]:
    """Return the first days of the months of a year, or of the last ones."""
    return usage.last_months(today) if year is None else usage.months_of(year, today)


@require_GET
@never_cache
@organization_requires(OrganizationMember.may_see_usage)
def usage_page(request: OrganizationRequest) -> HttpResponseBase:
    """Show the usage of the last twelve months, or of a year."""
    member = request.organization_member
    today = usage.this_day()
    years = usage.years_of(member.organization, today)
    context: dict[str, Any] = {"member": member}
    status = 200
    try:
        asked = _question(request, years)
    except Invalid as error:
        asked, status = Question(None, FIGURES[0], 0), 422
        context["refusal"] = str(error)
    found = usage.usage_of(member.organization, months_asked(asked.year, today))
    context |= {
        "usage": found,
        "figure": asked.figure,
        "cards": _cards(found.total, asked),
        "periods": _periods(asked, years),
        "month_names": [_short(month) for month in found.months],
        "rows": _rows(member, found, asked),
        "totals": [getattr(figures, asked.figure) for figures in found.totals],
        "total": getattr(found.total, asked.figure),
        "now_running": found.months[-1] == today.replace(day=1),
        "csv_url": reverse("reports:usage_csv", args=[member.organization.pk])
        + (f"?year={asked.year}" if asked.year else ""),
        "chart": _chart(found, asked.figure),
        **_neighbours(found, asked),
    }
    return render(request, "reports/usage.html", context, status=status)


def _words() -> dict[str, str]:
    return {"closed": _("Tickets closed"), "opened": _("Tickets opened"), "agents": _("Active agents")}


def _cards(total: Figures, asked: Question) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "value": getattr(total, figure),
            "url": asked.query(figure=figure),
            "chosen": figure == asked.figure,
        }
        for figure, label in _words().items()
    ]


def _periods(asked: Question, years: tuple[int, ...]) -> list[tuple[str, str, bool]]:
    """Return (label, URL, whether it is selected) of the available periods."""
    first = {"from": 0}
    last = (_("Last 12 months"), asked.query(year=None, **first), asked.year is None)
    return [last, *((str(year), asked.query(year=year, **first), asked.year == year) for year in years)]


def _short(month: date) -> tuple[str, str]:
    """Return the short and full name of a month, both with the year."""
    return formats.date_format(month, "M y"), formats.date_format(month, "YEAR_MONTH_FORMAT")


Row = tuple[ProjectUsage, str, list[int], int]


def _rows(member: OrganizationMember, found: Usage, asked: Question) -> list[Row]:
    """Return (project, its URL if the member may open it, the figure by month, the figure in total)."""
    open_to = set(projects_of(member.user).filter(organization=member.organization).values_list("pk", flat=True))
    return [
        (
            row,
            reverse("orgs:project_home", args=[row.pk]) if row.pk in open_to else "",
            [getattr(figures, asked.figure) for figures in row.months],
            getattr(row.total, asked.figure),
        )
        for row in found.projects[asked.start : asked.start + PAGE]
    ]


def _neighbours(found: Usage, asked: Question) -> dict[str, str]:
    """Return the URLs of the previous and next page of projects."""
    after, before = asked.start + PAGE, max(asked.start - PAGE, 0)
    return {
        "next_url": asked.query(**{"from": after}) if after < len(found.projects) else "",
        "previous_url": asked.query(**{"from": before}) if asked.start else "",
    }


def _chart(found: Usage, figure: str) -> dict[str, Any]:
    return {
        "months": [_short(month)[0] for month in found.months],
        "label": _words()[figure],
        "values": [getattr(figures, figure) for figures in found.totals],
    }


@require_GET
@never_cache
@organization_requires(OrganizationMember.may_see_usage)
def usage_csv(request: OrganizationRequest) -> HttpResponseBase:
    """Export the usage as CSV: a row for each month and project, then the totals."""
    member = request.organization_member
    today = usage.this_day()
    year = year_of(request.GET.get("year", ""), usage.years_of(member.organization, today))
    found = usage.usage_of(member.organization, months_asked(year, today))
    lines = [column_names(COLUMNS), *(cells(COLUMNS, line) for line in _lines(found))]
    return csv_response(lines, f"usage-{found.months[0]:%Y-%m}-{found.months[-1]:%Y-%m}")


class Line(NamedTuple):
    """A row of the file."""

    month: str
    project: str
    figures: Figures


COLUMNS: tuple[Column[Line], ...] = (
    Column(pgettext_lazy("heading of a column", "Month"), lambda line: line.month),
    Column(gettext_lazy("Project"), lambda line: line.project),
    Column(gettext_lazy("Tickets opened"), lambda line: line.figures.opened),
    Column(gettext_lazy("Tickets closed"), lambda line: line.figures.closed),
    Column(gettext_lazy("Active agents"), lambda line: line.figures.agents),
)


def _lines(found: Usage) -> Iterator[Line]:
    """Yield the rows of the file; months are in UTC."""
    every, whole = _("All projects"), _("All months")
    for index, month in enumerate(found.months):
        for project in found.projects:
            yield Line(f"{month:%Y-%m}", project.name, project.months[index])
        yield Line(f"{month:%Y-%m}", every, found.totals[index])
    for project in found.projects:
        yield Line(whole, project.name, project.total)
    yield Line(whole, every, found.total)
