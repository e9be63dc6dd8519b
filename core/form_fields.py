"""Form fields for choosing rows without rendering a whole table (the selected rows, the first others, and a search),
and for the filters of lists."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.db.models import Model, Q
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from .errors import Sentence
from .http import parse_uuids
from .timezones import between, is_zone, span_of_days

#: Choices rendered without a search; beyond this the widget queries the server.
MAX_OFFERED = 100
#: Maximum number of search results.
MAX_FOUND = 30
#: Dates outside this range are typing errors.
FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2100, 12, 31)


def clean_query(text: str) -> str:
    """Return a search text stripped of characters that can't be searched for."""
    return " ".join(text.replace("\x00", "").split())[:100]


class BoundedChoices(forms.Select):
    """A select whose choices are rows: renders the selected ones and the first others, and a search (``url``) if
    there are more."""

    url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        whole: Any = self.choices
        queryset, field = whole.queryset, whole.field
        picked = parse_uuids([str(one) for one in (value if isinstance(value, list | tuple) else [value]) if one])
        offered = list(queryset.exclude(pk__in=picked)[: MAX_OFFERED + 1])
        if len(offered) > MAX_OFFERED and self.url:
            attrs = {**(attrs or {}), "data-pick-url": self.url}
        rows: Sequence[Model] = [*(queryset.filter(pk__in=picked) if picked else ()), *offered[:MAX_OFFERED]]
        empty = [("", field.empty_label)] if getattr(field, "empty_label", None) else []
        self.choices = [*empty, *((str(row.pk), field.label_from_instance(row)) for row in rows)]
        try:
            return super().get_context(name, value, attrs)
        finally:
            self.choices = whole


def _attributes() -> dict[str, Any]:
    return {"data-pick": "", "data-pick-none": _("Nothing found"), "data-pick-remove": _("Remove")}


class BoundedSelect(BoundedChoices):
    """Selects one row."""

    def __init__(self) -> None:
        super().__init__(attrs=_attributes())


class BoundedSelectMultiple(BoundedChoices, forms.SelectMultiple):
    """Selects several rows."""

    def __init__(self) -> None:
        super().__init__(attrs=_attributes())


F = TypeVar("F", bound=forms.Field)


def field_of(form: forms.BaseForm, name: str, kind: type[F]) -> F:
    """Return a form's field, typed, for forms that set its choices at run time."""
    field = form.fields[name]
    assert isinstance(field, kind)
    return field


def labels_of(field: forms.ChoiceField) -> dict[Any, Any]:
    """Return a field's choices as {value: label}; the choices must be ungrouped."""
    choices: Any = field.choices
    return dict(choices)


def search_field(label: Any, longest: int, placeholder: Sentence = "") -> forms.CharField:
    """Return a field for a search text of at most ``longest`` characters."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "autocomplete": "off"}),
        error_messages={"max_length": _("Use at most %(limit_value)d characters.")},
    )


def day_field(label: Any) -> forms.DateField:
    """Return a date field in the format YYYY-MM-DD."""
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date as YYYY-MM-DD.")},
    )


class PeriodForm(forms.Form):
    """Filters of a list by day, among others: ``from`` and ``to``, both included."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        # "from" is a Python keyword.
        self.fields["from"] = day_field(_("From"))
        self.fields["to"] = day_field(_("To"))

    def clean(self) -> dict[str, Any]:
        """Reject dates out of range or in the wrong order."""
        cleaned = super().clean() or {}
        for name in ("from", "to"):
            day = cleaned.get(name)
            if day and not FIRST_DATE <= day <= LAST_DATE:
                self.add_error(name, _("Enter a date from 2000 to 2100."))
        if cleaned.get("from") and cleaned.get("to") and cleaned["from"] > cleaned["to"]:
            self.add_error("to", _("The last day lies before the first."))
        return cleaned


@dataclass(frozen=True, kw_only=True)
class PeriodFilter:
    """Filters of a list by day, and by the texts that subclasses add as fields, named as in the query string.

    Empty ones are ignored. The days are in time zone ``zone``, the last one included.
    """

    start: date | None = None
    end: date | None = None
    zone: str = "UTC"

    @property
    def asks(self) -> bool:
        """Whether any filter is set."""
        return bool(self._parts())

    @property
    def count(self) -> int:
        """How many filters are set; the days are one."""
        return len(self._parts().keys() - {"from", "to", "zone"}) + bool(self.start or self.end)

    def query(self) -> str:
        """Return the filters as a query string."""
        return urlencode(self._parts())

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


_PERIOD = frozenset({"start", "end", "zone"})


class ZonedPeriodForm(PeriodForm):
    """The same with a field for the time zone of these days. The argument ``zone`` is the reader's, the default."""

    use_required_attribute = False

    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

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
        """Return the days and their zone as arguments of a ``PeriodFilter``; only for a valid form."""
        return {"start": self.cleaned_data["from"], "end": self.cleaned_data["to"], "zone": self.cleaned_data["zone"]}
