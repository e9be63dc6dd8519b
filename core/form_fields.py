"""Form fields for choosing rows without rendering a whole table (the selected rows, the first others, and a search),
and for the filters of lists."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from .errors import Sentence
from .http import parse_uuids

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
