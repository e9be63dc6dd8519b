"""Forms of the queues app."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.form_fields import field_of
from core.validation import max_length
from orgs.models import Project
from sectors.forms.sectors import PeopleField

from .models import DAILY_MINUTES, REASON_LENGTH, WAITING_RANGE, Queue


class QueueForm(forms.Form):
    """A queue and its agents."""

    name = forms.CharField(label=_("Name"), max_length=max_length(Queue, "name"))
    agents = PeopleField(
        label=_("Agents"), help_text=_("Pick several. Invited people can be picked once they have accepted.")
    )
    on_hold = forms.BooleanField(
        label=_("On hold"),
        required=False,
        help_text=_("It takes no new tickets, and the flow is told so. What is there goes on."),
    )
    max_waiting = forms.IntegerField(
        label=_("Maximum number waiting"),
        required=False,
        **WAITING_RANGE.bounds,
        help_text=_("Beyond it the flow is told that the queue is full. Empty: any number."),
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "agents", PeopleField).offer(project)


class PauseReasonForm(forms.Form):
    """A pause reason."""

    name = forms.CharField(label=_("Name"), max_length=REASON_LENGTH)
    daily_minutes = forms.IntegerField(
        label=_("Minutes a day"),
        required=False,
        **DAILY_MINUTES.bounds,
        help_text=_("What an agent may use in a day. Empty: as much as it takes."),
    )
