"""allauth's forms that take an address, which is read in canonical form (docs/rules.md, Signing in)."""

from typing import Any

from allauth.account import forms
from allauth.account.fields import EmailField
from django.utils.translation import gettext as _

from core.email_addresses import canonical, without_wrapping


class _CanonicalAddressMixin:
    """Reads each address in the form in which addresses are stored."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, EmailField):
                # The library makes the field itself; only how it reads a text is another, and its name.
                field.to_python = _read
                field.label = _("E-mail address")


def _read(value: Any) -> str:
    return "" if value is None else canonical(without_wrapping(str(value)))


class LoginForm(_CanonicalAddressMixin, forms.LoginForm):
    """Signing in."""


class AddEmailForm(_CanonicalAddressMixin, forms.AddEmailForm):
    """A new address of one's own."""


class ResetPasswordForm(_CanonicalAddressMixin, forms.ResetPasswordForm):
    """Asking for a new password."""
