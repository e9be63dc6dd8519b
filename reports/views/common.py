"""Code shared by history and dashboard."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from core.sorting import Header, State
from reports.filters import ONLY, Filters
from reports.forms import FilterForm

R = TypeVar("R", bound=HttpRequest)
P = ParamSpec("P")
View = Callable[Concatenate[R, P], HttpResponseBase]


def bounded_time(view: View[R, P]) -> View[R, P]:
    """Respond with an explanation if the query exceeds the database's statement timeout."""

    @wraps(view)
    def wrapped(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            sentence = _("This takes too long. Choose fewer days, or one sector.")
            return render(request, "refused.html", {"sentence": sentence}, status=503)

    return wrapped


def chosen(form: FilterForm, filters: Filters) -> list[tuple[str, str]]:
    """Return active filters without a form field as (label, URL without it), so they can be shown and removed."""
    found: list[tuple[str, Any]] = []
    names = form.cleaned_data
    for tag in names["also"]:
        without = tuple(pk for pk in filters.also if pk != tag.pk)
        found.append((_("Tag: %(name)s") % {"name": tag.name}, {"also": without}))
    for agent in names["attended"]:
        without = tuple(pk for pk in filters.with_agents if pk != agent.pk)
        found.append((_("Handled by %(name)s") % {"name": agent.name}, {"with_agents": without}))
    for word in filters.only:
        found.append((str(ONLY[word]), {"only": tuple(other for other in filters.only if other != word)}))
    if filters.weekday is not None:
        found.append((weekdays()[filters.weekday], {"weekday": None}))
    if filters.hour is not None:
        found.append((f"{filters.hour}:00–{filters.hour + 1}:00", {"hour": None}))
    return [(words, "?" + filters.but(**changes).query()) for words, changes in found]


def date_header(filters: Filters, counted: str) -> Header:
    """Return the header of one of the dates that the history is, or can be, ordered by."""
    if filters.counted != counted:
        return Header("?" + filters.but(counted=counted, order="newest").query(), "", is_time=True, falls_first=True)
    other = "newest" if filters.is_oldest_first else "oldest"
    state: State = "ascending" if filters.is_oldest_first else "descending"
    return Header("?" + filters.but(order=other).query(), state, is_time=True, falls_first=True)


def weekdays() -> list[str]:
    """Return the names of the weekdays, Monday first."""
    from django.utils.dates import WEEKDAYS

    return [capfirst(WEEKDAYS[n]) for n in range(7)]


def refused(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    """Show the page without results, with the form's errors."""
    return render(request, template, context | {"refused": True}, status=422)


def hidden_parts(form: FilterForm) -> list[tuple[str, str]]:
    """Return the query parameters that aren't form fields, so that submitting the form keeps them."""
    names = ("also", "attended", "only", "weekday", "hour")
    return [(name, value[:200]) for name in names for value in form.data.getlist(name)[:20] if value]
