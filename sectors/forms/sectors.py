"""Forms of the sectors app: they parse input; the operations validate it."""

import unicodedata
import zoneinfo
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.form_fields import field_of
from core.timezones import is_zone, zone_name
from core.validation import max_length
from orgs.access import people_with_chats
from orgs.models import Project, User
from sectors.models import TICKET_LIMIT, WAITING_EVERY, AutomaticMessage, Moment, Sector

from .people import PeopleSelect, person_label
from .week import Day, Week

#: Prefixes of the zones on offer. The rest are legacy aliases (US/…, Brazil/…, Etc/…) that the database keeps for old
#: software.
_AREAS = tuple(
    f"{area}/"
    for area in (
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    )
)


def zone_choices() -> list[tuple[str, str]]:
    """Return the IANA time zones on offer by the name of their city, UTC first."""
    return _zone_choices(get_language() or "en")


@cache
def _zone_choices(language: str) -> list[tuple[str, str]]:
    offered = (n for n in zoneinfo.available_timezones() if n.startswith(_AREAS))
    with translation.override(language):
        named = sorted(((zone_name(n), n) for n in offered), key=lambda pair: unicodedata.normalize("NFKD", pair[0]))
    count = Counter(name for name, _zone in named)
    # Zones that share a city are told apart by their other names: "Kolkata (Asia/Calcutta)".
    labels = (f"{name} ({zone.replace('_', ' ')})" if count[name] > 1 else name for name, zone in named)
    return [("UTC", "UTC"), *zip((zone for _name, zone in named), labels, strict=True)]


class PeopleField(forms.ModelMultipleChoiceField):
    """Selects people of a project with access to Chats; call ``offer`` to set the project."""

    default_error_messages: ClassVar = {
        "invalid_choice": _("Somebody picked here no longer has access to Chats in this project. Check the list."),
        "invalid_pk_value": _("Pick people from the list."),
        "invalid_list": _("Pick people from the list."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(User.objects.none(), widget=PeopleSelect(), **kwargs)

    def offer(self, project: Project) -> None:
        """Set the project whose people can be selected."""
        self.queryset = people_with_chats(project)
        self.widget.url = reverse("sectors:people", args=[project.pk])

    def label_from_instance(self, obj: Any) -> str:
        return person_label(obj)


class GeneralForm(forms.Form):
    """A sector's name, limit and managers."""

    name = forms.CharField(label=_("Name"), max_length=max_length(Sector, "name"))
    ticket_limit = forms.IntegerField(
        label=_("Limit of simultaneous tickets per agent"),
        **TICKET_LIMIT.bounds,
        initial=3,
        help_text=_("An agent with this many active tickets in the sector gets no more."),
    )
    active_messages = forms.BooleanField(
        label=_("Active messages"), required=False, help_text=_("Agents may start conversations themselves.")
    )
    managers = PeopleField(
        label=_("Managers"),
        help_text=_(
            "They configure the sector and see its history and dashboard. Invited people can be picked once they "
            "have accepted."
        ),
    )

    def __init__(self, project: Project, *args: Any, appoints: bool = True, **kwargs: Any) -> None:
        """``appoints``: whether the user may also change the managers."""
        super().__init__(*args, **kwargs)
        if appoints:
            field_of(self, "managers", PeopleField).offer(project)
        else:
            del self.fields["managers"]

    @staticmethod
    def initial_of(sector: Sector) -> dict[str, Any]:
        """Return the form's initial values for an existing sector."""
        return {
            "name": sector.name,
            "ticket_limit": sector.ticket_limit,
            "active_messages": sector.active_messages,
            "managers": list(sector.managers.values_list("pk", flat=True)),
        }


class HoursForm(forms.Form):
    """When a sector is open, besides the hours of its week."""

    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        initial="UTC",
        widget=forms.Select(attrs={"data-pick": "", "data-zone": "propose", "data-pick-none": _("Not found")}),
    )
    always_open = forms.BooleanField(label=_("Open around the clock"), required=False)
    #: Days of the submitted week with an error.
    wrong_days: Sequence[Day] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = self.data.get("timezone") or self.initial.get("timezone")
        if present and present not in dict(zone_choices()) and is_zone(present):
            # A name that isn't on offer: set through the API, or the browser's own, such as Asia/Calcutta.
            field_of(self, "timezone", forms.ChoiceField).choices = [(present, zone_name(present)), *zone_choices()]

    def accepts(self, week: Week) -> bool:
        """Whether the form and the submitted hours are valid; ``wrong_days`` are for the summary of errors.

        Hours are ignored for a sector that is always open.
        """
        valid = self.is_valid()
        ignored = valid and self.cleaned_data["always_open"]
        self.wrong_days = [] if ignored else [day for day in week.days if day.errors]
        return valid and not self.wrong_days


class LimitsForm(forms.Form):
    """Agents to give a limit of their own in a sector; existing limits are separate fields on the page."""

    people = PeopleField(label=_("People"), help_text=_("Invited people can be picked once they have accepted."))
    limit = forms.IntegerField(label=_("Limit"), required=False, **TICKET_LIMIT.bounds)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "people", PeopleField).offer(project)

    def clean(self) -> dict[str, Any]:
        """Require the limit if people are selected, and people if a limit is given."""
        cleaned = super().clean() or {}
        people, limit = cleaned.get("people"), cleaned.get("limit")
        if people and limit is None and "limit" not in self.errors:
            self.add_error("limit", _("Say how many tickets at a time."))
        if limit is not None and not people and "people" not in self.errors:
            self.add_error("people", _("Choose who gets this limit."))
        return cleaned


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=max_length(AutomaticMessage, "text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "data-quick-text": ""}),
    )


class AutomaticForm(forms.Form):
    """A sector's automatic messages: one text field per ``Moment``, under its value."""

    KEEP, ANSWER = "keep", "answer"

    opening = _words(_("Message on opening"))
    waiting = _words(_("Message while waiting"))
    waiting_every = forms.IntegerField(
        label=_("Repeat every"),
        required=False,
        **WAITING_EVERY.bounds,
        help_text=_("Leave empty to send it once."),
    )
    assignment = _words(_("Message on assignment"))
    closing = _words(_("Message on closing"))
    when_closed = forms.ChoiceField(
        label=_("A contact who still waits then"),
        choices=[(KEEP, _("keeps waiting")), (ANSWER, _("keeps waiting and is sent a message"))],
        widget=forms.RadioSelect,
    )
    closed = _words(_("Message when the sector closes"))

    #: When each message is sent.
    MEANINGS: ClassVar = {
        Moment.OPENING: _("Sent when the flow hands a conversation over."),
        Moment.WAITING: _("Sent to contacts whom no agent can take at once, while the sector is open."),
        Moment.ASSIGNMENT: _("Sent each time that another agent has the ticket."),
        Moment.CLOSING: _("Sent when the ticket is closed here, not when the flow closes it."),
        Moment.CLOSED: _("Sent once each time that the work hours end while a contact waits."),
    }

    def clean(self) -> dict[str, Any]:
        """Require the closing message if one is to be sent; clear it otherwise."""
        cleaned = super().clean() or {}
        if cleaned.get("when_closed") == self.KEEP:
            cleaned["closed"] = ""
        elif not cleaned.get("closed", "").strip() and not {"closed", "when_closed"} & self.errors.keys():
            self.add_error("closed", _("Write what they are told, or let them just wait."))
        return cleaned

    @property
    def texts(self) -> dict[str, str]:
        """Return the texts by moment; call on a valid form only."""
        return {moment: self.cleaned_data[moment] for moment in Moment.values}

    @classmethod
    def initial_of(cls, sector: Sector, texts: Mapping[str, str]) -> dict[str, Any]:
        """Return the form's initial values for a sector and its texts."""
        return {
            **{moment: texts.get(moment, "") for moment in Moment.values},
            "waiting_every": sector.waiting_every,
            "when_closed": cls.ANSWER if texts.get(Moment.CLOSED) else cls.KEEP,
        }
