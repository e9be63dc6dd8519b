"""What an edit refused for an older version would overwrite: for the person to compare, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from orgs.models import User


@dataclass(frozen=True)
class Difference:
    """A field whose saved value isn't the one typed, both as text."""

    label: str
    saved: str
    typed: str


def differences(form: forms.Form, saved: Mapping[str, Any]) -> list[Difference]:
    """Return the fields of a bound, valid form whose value differs from ``saved``, a mapping by field name.

    People are given in ``saved`` by their keys.
    """
    found = []
    for name, field in form.fields.items():
        was, now = _text(field, saved.get(name)), _text(field, form.cleaned_data.get(name))
        if was != now:
            found.append(Difference(str(field.label), was, now))
    return found


def _text(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ModelMultipleChoiceField):
        people = User.objects.filter(pk__in=value) if isinstance(value, list) else value
        return ", ".join(sorted(person.name for person in people)) or _("nobody")
    if isinstance(field.widget, forms.RadioSelect):
        return str(dict(field.choices).get(value, value))  # type: ignore[attr-defined]
    return "–" if value in (None, "") else str(value)
