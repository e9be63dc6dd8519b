"""Fields of filters that are read from an address: a text to search for, a day."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .errors import Sentence


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
