"""Admin forms: they parse; operations validate and write."""

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet, construct_instance
from django.utils.html import escape
from django.utils.safestring import SafeString

from core.http import VERSION


class OperationForm(forms.ModelForm):
    """A form without model validation: errors come from the operation.

    For rows with ``modified_at`` it includes the version that was read, for ``core.http.form_version``.
    """

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modified_at = None if self.instance._state.adding else getattr(self.instance, "modified_at", None)
        if modified_at is None:
            del self.fields[VERSION]
        else:
            self.fields[VERSION].initial = modified_at.isoformat()

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class RowForm(forms.ModelForm):
    """Like ``OperationForm``, for a row of an inline."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class RowFormSet(BaseInlineFormSet):
    """A formset without uniqueness checks: the operation detects duplicates."""

    def validate_unique(self) -> None:
        """Do nothing: the operation checks."""


class _ShownWidget(forms.Widget):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return escape("" if value is None else value)


class Shown(forms.Field):
    """A read-only value in a form, without a query for the alternatives."""

    widget = _ShownWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(disabled=True, required=False, **kwargs)


def rows_of(formset: BaseInlineFormSet) -> list[forms.ModelForm]:
    """Return the forms of a valid formset that are neither deleted nor empty."""
    deleted = formset.deleted_forms
    return [
        form
        for form in formset.forms
        if form not in deleted and (not form.instance._state.adding or form.has_changed())
    ]
