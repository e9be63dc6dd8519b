"""Filters of logs: days in a time zone, and the newest or the oldest first."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from .form_fields import PeriodForm
from .pagination import Keyset
from .timezones import between, is_zone, span_of_days


@dataclass(frozen=True, kw_only=True)
class PeriodFilter:
    """Filters of a list by day, and by the texts that subclasses add as fields, named as in the query string.

    Empty ones are ignored. The days are in time zone ``zone``, the last one included. ``order``: ``oldest`` first,
    otherwise the newest; it is no filter.
    """

    start: date | None = None
    end: date | None = None
    zone: str = "UTC"
    order: str = ""

    @property
    def asks(self) -> bool:
        """Whether any filter is set."""
        return bool(self._parts())

    @property
    def is_oldest_first(self) -> bool:
        return self.order == "oldest"

    @property
    def newest_url(self) -> str:
        return f"?{replace(self, order='').query()}"

    @property
    def oldest_url(self) -> str:
        return f"?{replace(self, order='oldest').query()}"

    def keyset(self, column: str) -> Keyset:
        """Return the ordering by the time that the days are of."""
        way = "" if self.is_oldest_first else "-"
        return Keyset(f"{way}{column}", f"{way}id")

    @property
    def count(self) -> int:
        """How many filters are set; the days are one."""
        return len(self._parts().keys() - {"from", "to", "zone"}) + bool(self.start or self.end)

    def query(self) -> str:
        """Return the filters and the order as a query string."""
        return urlencode({**self._parts(), **({"order": self.order} if self.order else {})})

    def within(self, column: str) -> Q:
        """Return the condition for a time within the days."""
        return between(column, *span_of_days(self.start, self.end, self.zone))

    def _parts(self) -> dict[str, str]:
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _PERIOD}
        days = {
            "from": self.start.isoformat() if self.start else "",
            "to": self.end.isoformat() if self.end else "",
            "zone": self.zone if self.start or self.end else "",
        }
        return {name: value for name, value in (own | days).items() if value}


_PERIOD = frozenset({"start", "end", "zone", "order"})


class ZonedPeriodForm(PeriodForm):
    """The same with fields for the time zone of these days, and for the order of the list.

    The argument ``zone`` is the reader's, the default.
    """

    use_required_attribute = False

    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    order = forms.ChoiceField(
        label=_("Sort order"),
        required=False,
        choices=[("newest", _("Newest first")), ("oldest", _("Oldest first"))],
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("There is no such choice.")},
    )

    def __init__(self, data: Any, *, zone: str) -> None:
        super().__init__(data)
        self._zone = zone

    def clean_zone(self) -> str:
        """Reject unknown time zones; default to the reader's."""
        zone = self.cleaned_data["zone"]
        if zone and not is_zone(zone):
            raise forms.ValidationError(_("There is no such time zone."))
        return zone or self._zone

    def period(self) -> dict[str, Any]:
        """Return the days, their zone and the order as arguments of a ``PeriodFilter``; only for a valid form."""
        c = self.cleaned_data
        order = c["order"] if c["order"] == "oldest" else ""
        return {"start": c["from"], "end": c["to"], "zone": c["zone"], "order": order}
