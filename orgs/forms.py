"""Forms of the orgs app: they parse; operations decide."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.form_fields import LAST_DATE, field_of
from core.http import parse_uuid
from core.text import by_name
from core.timezones import zone_name
from core.validation import max_length

from . import hooks
from .models import (
    NAME_LENGTH,
    ApiToken,
    Organization,
    OrganizationRole,
    Project,
    ProjectRole,
    Theme,
    TokenScope,
    User,
)

#: Maximum number of projects offered in a field.
PROJECTS_OFFERED = 200


class NameForm(forms.Form):
    """A single name."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)


class _AddressesForm(forms.Form):
    """People by e-mail address: one, or a pasted list."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        max_length=100_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
        help_text=_("One, or a list as you have it: between commas, semicolons or lines, with names or without."),
    )


class OrganizationMemberForm(_AddressesForm):
    """Adds people to the organization, and optionally to one of its projects."""

    role = forms.ChoiceField(
        label=_("Role in the organization"), choices=OrganizationRole.choices, initial=OrganizationRole.VIEWER
    )
    project = forms.ModelChoiceField(label=_("Also in the project"), queryset=Project.objects.none(), required=False)
    project_role = forms.ChoiceField(
        label=_("Role in that project"),
        choices=ProjectRole.choices,
        initial=ProjectRole.ATTENDANT,
        required=False,
        help_text=_("Counts only where a project is chosen."),
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects = Project.objects.live().filter(organization=organization)
        field: Any = self.fields["project"]
        field.queryset = projects
        offered = projects.order_by(*by_name()).values_list("pk", "name")[:PROJECTS_OFFERED]
        field.choices = [("", _("No project, only the organization")), *((str(pk), name) for pk, name in offered)]

    def clean_project_role(self) -> str:
        """Return the role, or the default if the form has no such field."""
        return self.cleaned_data["project_role"] or ProjectRole.ATTENDANT


class ProjectMemberForm(_AddressesForm):
    """Adds people to the project; those outside its organization join that as Viewer."""

    role = forms.ChoiceField(
        label=_("Role in the project"),
        choices=ProjectRole.choices,
        initial=ProjectRole.ATTENDANT,
        help_text=_("Human attendance gives Chats and nothing else; a Viewer has no access to Chats."),
    )


class RoleForm(forms.Form):
    """A new role for a member."""

    def __init__(self, roles: type[OrganizationRole] | type[ProjectRole], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=roles.choices)


class AccountForm(forms.Form):
    """The account of an invited person; the address is taken from the invitation."""

    first_name = forms.CharField(label=_("First name"), max_length=max_length(User, "first_name"))
    last_name = forms.CharField(label=_("Last name"), max_length=max_length(User, "last_name"), required=False)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"

    def clean_password(self) -> str:
        """Run the validators of AUTH_PASSWORD_VALIDATORS."""
        password = self.cleaned_data["password"]
        first_name = self.data.get("first_name", "")[: max_length(User, "first_name")]
        validate_password(password, User(email=self.email, first_name=first_name))
        return password


class ProfileForm(forms.Form):
    """A person's own profile."""

    first_name = forms.CharField(label=_("First name"), max_length=max_length(User, "first_name"), required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=max_length(User, "last_name"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser")), *settings.LANGUAGES]
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)
    sound = forms.BooleanField(label=_("Sound on a new ticket or message"), required=False)
    browser_notifications = forms.BooleanField(
        label=_("Browser notifications while the tab is in the background"), required=False
    )


NEVER, ON_A_DATE = "never", "date"
#: Days until expiry, by choice.
LIFETIMES = {"30": 30, "90": 90, "365": 365}

SCOPES = [
    (
        TokenScope.OPEN,
        _("Open tickets"),
        _("For a flow: hands conversations over, sends the contact's messages, closes."),
    ),
    (
        TokenScope.READ,
        _("Read"),
        _("For reports: sees tickets and settings over the REST API, changes nothing."),
    ),
    (
        TokenScope.ADMINISTER,
        _("Administer"),
        _("For integrations: reads, and changes whatever an administrator may change."),
    ),
]


class NewTokenForm(forms.Form):
    """Name, scopes, reach and expiry of a new token.

    ``once`` is a nonce: sent twice, the form creates one token.
    """

    name = forms.CharField(
        label=_("Name"),
        max_length=max_length(ApiToken, "name"),
        help_text=_("What will use it, for example the bot's name."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[(value, label) for value, label, _text in SCOPES],
        error_messages={"required": _("Choose what the token may do.")},
    )
    reach = forms.ChoiceField(label=_("It reaches"), required=False)
    expiry = forms.ChoiceField(
        label=_("It expires"),
        choices=[
            ("30", _("after 30 days")),
            ("90", _("after 90 days")),
            ("365", _("after a year")),
            (ON_A_DATE, _("at the end of a day")),
            (NEVER, _("never")),
        ],
        initial="365",
    )
    day = forms.DateField(
        label=_("Last day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date as YYYY-MM-DD.")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, place: Organization | Project, user: User, zone: str, data: Any = None) -> None:
        super().__init__(data, initial={"once": uuid4()})
        self.place, self.user, self.zone = place, user, zone
        field_of(self, "reach", forms.ChoiceField).choices = _reaches(place)
        for name in ("scopes", "reach", "expiry"):
            self.fields[name].error_messages["invalid_choice"] = _("There is no such choice.")
        self.fields["day"].help_text = _("The token works until midnight in %(zone)s.") % {"zone": zone_name(zone)}

    def clean(self) -> dict[str, Any]:
        """Require a date within range if the token is to expire on a date."""
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
        """Return the arguments of ``create_token`` except the actor; only for a valid form."""
        c = self.cleaned_data
        reach = parse_uuid(c["reach"])
        place: dict[str, Any]
        if isinstance(self.place, Project):
            place = {"project": self.place, "sector_id": reach}
        elif reach:
            place = {"project": Project.objects.select_related("organization").get(pk=reach)}
        else:
            place = {"organization": self.place}
        # The same form sent again gives the same id; other users' forms can't produce it.
        pk: UUID | None = uuid5(self.user.pk, str(c["once"])) if c["once"] else None
        return {"name": c["name"], "scopes": c["scopes"], "expires_at": self._expires_at(), "pk": pk, **place}

    def _expires_at(self) -> datetime | None:
        choice, day = self.cleaned_data["expiry"], self.cleaned_data.get("day")
        if choice == ON_A_DATE and day:
            return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(self.zone))
        return timezone.now() + timedelta(days=LIFETIMES[choice]) if choice in LIFETIMES else None


def _reaches(place: Organization | Project) -> list[tuple[str, str]]:
    """Return the choices for a new token's reach: the whole place, or one part of it."""
    if isinstance(place, Project):
        return [
            ("", str(_("The whole project"))),
            *(
                (str(pk), _("Only the sector %(name)s") % {"name": name})
                for pk, name in hooks.live_sectors_of(place).items()
            ),
        ]
    projects = place.projects.filter(archived_at=None).order_by(*by_name())
    return [
        ("", str(_("The organization with all its projects"))),
        *(
            (str(pk), _("Only the project %(name)s") % {"name": name})
            for pk, name in projects.values_list("pk", "name")
        ),
    ]
