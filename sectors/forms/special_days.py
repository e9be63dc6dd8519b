"""Forms of special days: they parse input; the operations validate it."""

from typing import Any

from babel.core import get_global
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.form_fields import field_of
from core.instants import parse_day
from sectors.hours.holidays import FIRST_YEAR, LAST_YEAR, countries, regions_of
from sectors.models import WorkException
from sectors.operations.special_days import LABEL_LENGTH, SpecialDay

from .week import ranges_of_text, text_of_ranges


class DayForm(forms.Form):
    """One special day."""

    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    label = forms.CharField(label=_("Name"), max_length=LABEL_LENGTH, required=False)
    hours = forms.CharField(
        label=_("Hours"),
        max_length=200,
        required=False,
        help_text=_("As 08:00–12:00, 13:00–18:00. Leave empty for closed."),
        widget=forms.TextInput(attrs={"placeholder": _("closed"), "autocomplete": "off"}),
    )
    yearly = forms.BooleanField(label=_("Every year on this date"), required=False)

    def clean_hours(self) -> tuple[tuple[int, int], ...]:
        """Return the ranges in minutes."""
        try:
            return tuple(ranges_of_text(self.cleaned_data["hours"]))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def value(self) -> SpecialDay:
        """Return the special day; call on a valid form only."""
        data = self.cleaned_data
        return SpecialDay(data["date"], data["label"], data["hours"], data["yearly"])

    @staticmethod
    def initial_of(row: WorkException) -> dict[str, Any]:
        """Return the form's initial values for a stored day."""
        return {
            "date": row.date,
            "label": row.label,
            "hours": text_of_ranges([(int(a), int(b)) for a, b in row.ranges]),
            "yearly": row.yearly,
        }


class HolidayForm(forms.Form):
    """Country, region and year of the public holidays to list."""

    country = forms.ChoiceField(label=_("Country"), widget=forms.Select(attrs={"data-pick": ""}))
    region = forms.ChoiceField(label=_("Region"), required=False)
    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """``country``: the one whose regions are offered."""
        super().__init__(*args, **kwargs)
        known = countries()
        field_of(self, "country", forms.ChoiceField).choices = known
        regions = regions_of(country) if country in dict(known) else []
        field_of(self, "region", forms.ChoiceField).choices = [("", _("The whole country")), *regions]


def country_of_zone(timezone_name: str) -> str:
    """Return the two-letter code of the country of a time zone, as a default, or an empty string."""
    return str(get_global("zone_territories").get(timezone_name, ""))


def chosen_days(data: QueryDict, *, most: int = 600) -> list[SpecialDay]:
    """Return the selected days of a submitted list; invalid dates are ignored.

    Wire format: ``chosen`` holds the selected dates; ``label-<date>`` and ``yearly-<date>`` describe each.
    """
    found = []
    for text in data.getlist("chosen")[:most]:
        day = parse_day(text)
        if day is not None:
            label = data.get(f"label-{text}", "").replace("\x00", "")[:LABEL_LENGTH]
            found.append(SpecialDay(day, label, yearly=data.get(f"yearly-{text}") == "1"))
    return found
