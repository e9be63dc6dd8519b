"""Forms of the set-up pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.form_fields import field_of
from core.validation import max_length
from orgs.models import ApiToken, Project
from queues.models import Queue
from sectors.forms.sectors import GeneralForm, HoursForm, PeopleField
from sectors.models import Sector


class NewSectorForm(GeneralForm, HoursForm):
    """A sector with its first queue; the page has separate editors for hours and tags."""

    queue_name = forms.CharField(label=_("First queue"), max_length=max_length(Queue, "name"))
    agents = PeopleField(
        label=_("Agents of the first queue"),
        help_text=_(
            "They get the tickets. Members with access to Chats can be picked, invited people once they have "
            "accepted."
        ),
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(project, *args, **kwargs)
        field_of(self, "agents", PeopleField).offer(project)


class TokenForm(forms.Form):
    """An API token for the flow."""

    name = forms.CharField(
        label=_("Name"),
        max_length=max_length(ApiToken, "name"),
        help_text=_("What will use it, for example the bot's name."),
    )


class TestTicketForm(forms.Form):
    """The sector of a test ticket."""

    sector = forms.ModelChoiceField(label=_("Sector"), queryset=Sector.objects.none(), empty_label=None)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "sector", forms.ModelChoiceField).queryset = Sector.objects.live().filter(project=project)
