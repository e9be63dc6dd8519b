"""SQL expressions that Django doesn't have."""

from typing import Any

from django.db.models import Aggregate, CharField, DateField, F, FloatField, Func, IntegerField
from django.db.models.functions import Cast


class Percentile(Aggregate):
    """``percentile_cont(share)`` of an expression; None if there are no rows. ``share`` is from 0 to 1."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field: Any = FloatField()

    def __init__(self, expression: Any, *, share: float, **extra: Any) -> None:
        super().__init__(expression, share=f"{float(share):.3f}", **extra)


def seconds_between(start: str, end: str) -> Func:
    """Return the seconds between two columns."""
    return Func(
        F(end) - F(start),
        template="EXTRACT(EPOCH FROM %(expressions)s)::float8",
        output_field=FloatField(),
    )


def wall_clock(column: str) -> Func:
    """Return an instant on the wall clock of the ticket's sector (a timestamp without time zone)."""
    # Typed as text, since Django would attach a time zone to a datetime; only used inside the functions below.
    return Func(F("sector__timezone"), F(column), function="timezone", output_field=CharField())


def local_date(column: str) -> Cast:
    """Return the date of an instant in the zone of the ticket's sector."""
    return Cast(wall_clock(column), DateField())


def local_weekday(column: str) -> Func:
    """Return the weekday of an instant in the zone of the ticket's sector; Monday is 0."""
    return Func(
        wall_clock(column),
        template="(EXTRACT(ISODOW FROM %(expressions)s)::int - 1)",
        output_field=IntegerField(),
    )


def local_hour(column: str) -> Func:
    """Return the hour of an instant in the zone of the ticket's sector, 0 to 23."""
    return Func(wall_clock(column), template="EXTRACT(HOUR FROM %(expressions)s)::int", output_field=IntegerField())
