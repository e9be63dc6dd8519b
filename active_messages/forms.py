"""Forms of active messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.form_fields import field_of
from orgs.access import Member
from sectors.models import Sector

from .access import sectors_to_start_in
from .models import HOURLY, FlowEngine, NumberScheme, Starters
from .operations import MAX_AT_ONCE

#: Longest paste: far more than so many lines have.
MAX_PASTE = 100 * MAX_AT_ONCE


class EngineForm(forms.Form):
    """Where a project's flows are started, and by whom."""

    address = forms.CharField(
        label=_("Address of the engine"),
        max_length=400,
        help_text=_("Its site, such as https://flows.example.org, or the address of its API."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    token = forms.CharField(
        label=_("Token"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    starters = forms.ChoiceField(
        label=_("Who may start conversations"),
        choices=Starters.choices,
        initial=Starters.AGENTS,
        help_text=_("Only in sectors that have active messages."),
    )
    number_scheme = forms.ChoiceField(
        label=_("Channel of new numbers"),
        choices=NumberScheme.choices,
        initial=NumberScheme.WHATSAPP,
        help_text=_("How the engine writes to a number that it does not know yet."),
    )
    hourly_limit = forms.IntegerField(
        label=_("Conversations an hour"),
        initial=500,
        **HOURLY.bounds,
        help_text=_("The maximum for the whole project."),
    )

    def __init__(self, row: FlowEngine | None, data: Any = None) -> None:
        stored = ("address", "starters", "number_scheme", "hourly_limit")
        super().__init__(data, initial={name: getattr(row, name) for name in stored} if row else None)
        self.fields["token"].required = row is None
        self.fields["token"].help_text = (
            _("One is stored. Leave this empty to keep it.")
            if row
            else _("In the engine: workspace settings, API tokens. It is stored encrypted and never shown.")
        )


class StartForm(forms.Form):
    """To whom, which flow, where the conversation belongs."""

    person = forms.CharField(
        label=_("To whom"), max_length=300, error_messages={"required": _("Choose to whom to write.")}
    )
    flow = forms.CharField(label=_("Flow"), max_length=64, error_messages={"required": _("Choose a flow.")})
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.none(),
        empty_label=None,
        help_text=_("It is listed under this sector; the flow decides where it goes."),
    )

    def __init__(self, member: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "sector", forms.ModelChoiceField).queryset = sectors_to_start_in(member)


class SeveralForm(StartForm):
    """The same for people of a pasted list."""

    person = None  # type: ignore[assignment]
    people = forms.CharField(
        label=_("To whom"),
        max_length=MAX_PASTE,
        help_text=_("One per line, at most 200: a phone number with its country code, and a name if you like."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "placeholder": "+5511912345678, Name"}),
    )
