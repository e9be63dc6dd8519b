"""allauth's forms with our words; an address is read in canonical form (docs/rules.md, Signing in)."""

from typing import Any, ClassVar

from allauth.account import forms
from allauth.account.fields import EmailField
from django.utils.translation import gettext_lazy as _

from core.email_addresses import canonical, without_wrapping


class _OurWordsMixin:
    """Calls the fields as our pages do, so that the summary of errors does, too."""

    fields: dict[str, Any]
    labels: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            self.fields[name].label = label


class _CanonicalAddressMixin(_OurWordsMixin):
    """Reads each address in the form in which addresses are stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, EmailField):
                # The library makes the field itself; only how it reads a text is another.
                field.to_python = _read


def _read(value: Any) -> str:
    return "" if value is None else canonical(without_wrapping(str(value)))


class LoginForm(_CanonicalAddressMixin, forms.LoginForm):
    """Signing in."""

    labels: ClassVar = {"login": _("E-mail address"), "password": _("Password")}


class AddEmailForm(_CanonicalAddressMixin, forms.AddEmailForm):
    """A new address of one's own."""

    labels: ClassVar = {"email": _("New address")}


class ResetPasswordForm(_CanonicalAddressMixin, forms.ResetPasswordForm):
    """Asking for a new password."""

    labels: ClassVar = {"email": _("E-mail address")}


class ChangePasswordForm(_OurWordsMixin, forms.ChangePasswordForm):
    """Another password of one's own."""

    labels: ClassVar = {
        "oldpassword": _("The password you have now"),
        "password1": _("New password"),
        "password2": _("New password once more"),
    }


class SetPasswordForm(_OurWordsMixin, forms.SetPasswordForm):
    """The first password of an account that had none."""

    labels: ClassVar = {"password1": _("Password"), "password2": _("Password once more")}


class ResetPasswordKeyForm(_OurWordsMixin, forms.ResetPasswordKeyForm):
    """A new password, by the link of an e-mail."""

    labels: ClassVar = {"password1": _("New password"), "password2": _("New password once more")}
