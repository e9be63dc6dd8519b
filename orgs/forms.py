"""Forms of the orgs app: they parse; the operations decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from .models import Organization, OrganizationRole, Project, ProjectRole, Theme, User

#: So many projects are offered where one may be chosen.
PROJECTS_OFFERED = 200


class NameForm(forms.Form):
    """One name."""

    name = forms.CharField(label=_("Name"), max_length=80)


class _AddressesForm(forms.Form):
    """People by their addresses: one, or a pasted list."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        max_length=100_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
        help_text=_("One, or a list as you have it: between commas, semicolons or lines, with names or without."),
    )


class OrganizationMemberForm(_AddressesForm):
    """People who are new in the organization, and perhaps in one of its projects at once."""

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
        offered = projects.order_by("name", "pk").values_list("pk", "name")[:PROJECTS_OFFERED]
        field.choices = [("", _("No project yet")), *((str(pk), name) for pk, name in offered)]

    def clean_project_role(self) -> str:
        """Return the role; of a form without one, the usual."""
        return self.cleaned_data["project_role"] or ProjectRole.ATTENDANT


class ProjectMemberForm(_AddressesForm):
    """People who are new in the project; they join its organization as Viewer where they are not in it yet."""

    role = forms.ChoiceField(
        label=_("Role in the project"),
        choices=ProjectRole.choices,
        initial=ProjectRole.ATTENDANT,
        help_text=_("Human attendance gives Chats and nothing else; a Viewer has no access to Chats."),
    )


class RoleForm(forms.Form):
    """Another role."""

    def __init__(self, roles: type[OrganizationRole] | type[ProjectRole], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=roles.choices)


class AccountForm(forms.Form):
    """The account of somebody invited; the address is that of the invitation."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
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
        """Ask the validators of the settings."""
        password = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, first_name=self.data.get("first_name", "")[:80]))
        return password


class ProfileForm(forms.Form):
    """What people say about themselves."""

    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser")), *settings.LANGUAGES]
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)
    sound = forms.BooleanField(label=_("Sound on a new ticket or message"), required=False)
    browser_notifications = forms.BooleanField(
        label=_("Browser notifications while the tab is in the background"), required=False
    )
