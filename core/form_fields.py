"""Fields to pick rows in that never list a whole table: those picked, the first others, and a search for the rest."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from .errors import Sentence
from .http import parse_uuids

#: So many are offered without a search; of more the server is asked.
MAX_OFFERED = 100
#: A search answers with at most so many.
MAX_FOUND = 30


def clean_query(text: str) -> str:
    """Return what was typed to search by, without what can't be searched."""
    return " ".join(text.replace("\x00", "").split())[:100]


class BoundedChoices(forms.Select):
    """A select whose choices are rows: it renders those picked and the first others, and
    says where to search (``url``) if there are more."""

    url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Show a part of the rows, and where to ask for the others."""
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
    """Picks one row."""

    def __init__(self) -> None:
        super().__init__(attrs=_attributes())


class BoundedSelectMultiple(BoundedChoices, forms.SelectMultiple):
    """Picks several rows."""

    def __init__(self) -> None:
        super().__init__(attrs=_attributes())


F = TypeVar("F", bound=forms.Field)


def field_of(form: forms.BaseForm, name: str, kind: type[F]) -> F:
    """Return a form's own field as the kind it is, for a form that fills in its choices."""
    field = form.fields[name]
    assert isinstance(field, kind)
    return field


def labels_of(field: forms.ChoiceField) -> dict[Any, Any]:
    """Return the labels of a field's choices by their values, where they are in no groups."""
    choices: Any = field.choices
    return dict(choices)


def search_field(label: Any, longest: int, placeholder: Sentence = "") -> forms.CharField:
    """Return a field for a text to search for, of at most ``longest`` characters."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "autocomplete": "off"}),
        error_messages={"max_length": _("Use at most %(limit_value)d characters.")},
    )


def day_field(label: Any) -> forms.DateField:
    """Return a field for a day, written as YYYY-MM-DD."""
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date as YYYY-MM-DD.")},
    )
