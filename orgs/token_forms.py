"""The form of a new API token."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgs.models import Organization, Project, TokenScope, User
from orgs.web import parse_uuid

NEVER, ON_A_DATE = "never", "date"
#: Days by the value of the choice.
LIFETIMES = {"30": 30, "90": 90, "365": 365}
LAST_DATE = date(2100, 12, 31)

SCOPES = [
    (
        TokenScope.OPEN,
        gettext_lazy("Open tickets"),
        gettext_lazy("For a flow: hands conversations over, sends the contact's messages, closes."),
    ),
    (
        TokenScope.READ,
        gettext_lazy("Read"),
        gettext_lazy("For reports: sees tickets and settings over the REST API, changes nothing."),
    ),
    (
        TokenScope.ADMINISTER,
        gettext_lazy("Administer"),
        gettext_lazy("For integrations: reads, and changes whatever an administrator may change."),
    ),
]


class NewTokenForm(forms.Form):
    """What a new token is called, may, reaches, and how long it works.

    ``once`` is a number of the form: sent twice, it makes one token.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("What will use it, for example the bot's name."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=[(value, label) for value, label, _text in SCOPES],
        error_messages={"required": gettext_lazy("Choose what the token may do.")},
    )
    reach = forms.ChoiceField(label=gettext_lazy("It reaches"), required=False)
    expiry = forms.ChoiceField(
        label=gettext_lazy("It expires"),
        choices=[
            ("30", gettext_lazy("after 30 days")),
            ("90", gettext_lazy("after 90 days")),
            ("365", gettext_lazy("after a year")),
            (ON_A_DATE, gettext_lazy("at the end of a day")),
            (NEVER, gettext_lazy("never")),
        ],
        initial="365",
    )
    day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Enter a date as YYYY-MM-DD.")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, place: Organization | Project, user: User, zone: str, data: Any = None) -> None:
        super().__init__(data, initial={"once": uuid4()})
        self.place, self.user, self.zone = place, user, zone
        self.fields["reach"].choices = _reaches(place)  # type: ignore[attr-defined]
        for name in ("scopes", "reach", "expiry"):
            self.fields[name].error_messages["invalid_choice"] = _("There is no such choice.")
        self.fields["day"].help_text = _("The token works until midnight in %(zone)s.") % {"zone": zone}

    def clean(self) -> dict[str, Any]:
        """Ask for the day where one is to be chosen, within reason."""
        cleaned = super().clean() or {}
        if cleaned.get("expiry") != ON_A_DATE or self.has_error("day"):
            return cleaned
        day = cleaned.get("day")
        if day is None:
            self.add_error("day", _("Choose the day, or another way to expire."))
        elif not timezone.localdate(timezone=ZoneInfo(self.zone)) <= day <= LAST_DATE:
            self.add_error("day", _("Choose a day from today on, up to 2100."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return what ``create_token`` takes besides the actor; call it on a valid form."""
        c = self.cleaned_data
        reach = parse_uuid(c["reach"])
        place: dict[str, Any]
        if isinstance(self.place, Project):
            place = {"project": self.place, "sector_id": reach}
        elif reach:
            place = {"project": Project.objects.select_related("organization").get(pk=reach)}
        else:
            place = {"organization": self.place}
        # Of the same form sent again comes the same id; nobody else's form can name it.
        pk: UUID | None = uuid5(self.user.pk, str(c["once"])) if c["once"] else None
        return {"name": c["name"], "scopes": c["scopes"], "expires_at": self._expires_at(), "pk": pk, **place}

    def _expires_at(self) -> datetime | None:
        choice, day = self.cleaned_data["expiry"], self.cleaned_data.get("day")
        if choice == ON_A_DATE and day:
            return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(self.zone))
        return timezone.now() + timedelta(days=LIFETIMES[choice]) if choice in LIFETIMES else None


def _reaches(place: Organization | Project) -> list[tuple[str, str]]:
    """Return what a token made here may reach: all of the place, or one part of it."""
    if isinstance(place, Project):
        # Sectors belong to an app above, reached by the related name.
        parts = place.sectors.filter(archived_at=None).order_by("name")  # type: ignore[attr-defined]
        return [
            ("", _("The whole project")),
            *(
                (str(pk), _("Only the sector %(name)s") % {"name": name})
                for pk, name in parts.values_list("pk", "name")
            ),
        ]
    projects = place.projects.filter(archived_at=None).order_by("name")
    return [
        ("", _("The organization with all its projects")),
        *(
            (str(pk), _("Only the project %(name)s") % {"name": name})
            for pk, name in projects.values_list("pk", "name")
        ),
    ]
