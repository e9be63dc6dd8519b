"""Edit conflicts: what a save based on an outdated version would overwrite, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _

from core.form_fields import labels_of
from orgs.models import User
from orgs.querysets import by_person


@dataclass(frozen=True)
class Difference:
    """A field whose saved value differs from the submitted one, both as text."""

    label: str
    saved: str
    typed: str


def differences(
    form: forms.Form, saved: Mapping[str, Any], typed: Mapping[str, Any] | None = None
) -> list[Difference]:
    """Return the fields of a bound, valid form whose value differs from ``saved``, a mapping by field name.

    People are given in ``saved`` as primary keys. ``typed``: submitted values that aren't in the form's cleaned data.
    """
    found = []
    typed = form.cleaned_data if typed is None else typed
    for name, field in form.fields.items():
        was, now = _text(field, saved.get(name)), _text(field, typed.get(name))
        if was != now:
            found.append(Difference(str(field.label), was, now))
    return found


def _text(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ModelMultipleChoiceField):
        keys = value if isinstance(value, list) else [person.pk for person in value]
        people = User.objects.filter(pk__in=keys).order_by(*by_person())
        return ", ".join(person.name for person in people) or _("nobody")
    if isinstance(field, forms.ChoiceField):
        return str(labels_of(field).get(value, value))
    if isinstance(value, date):
        return formats.date_format(value)
    return "–" if value in (None, "") else str(value)
