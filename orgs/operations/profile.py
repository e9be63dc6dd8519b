"""What people change about themselves."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orgs.errors import Invalid, rules_of_database
from orgs.models import Theme, User

_FIELDS = {"first_name", "last_name", "language", "theme", "sound", "browser_notifications"}


@transaction.atomic
def update_profile(user: User, **values: Any) -> User:
    """Change one's own name, language, theme or notifications; what is not given stays.

    ``language`` is a code of the settings or empty (the browser's choice). Raises Invalid.
    """
    if set(values) - _FIELDS:
        raise TypeError(f"unknown fields: {sorted(set(values) - _FIELDS)}")
    if values.get("language") and values["language"] not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose one of the languages."), field="language")
    if "theme" in values and values["theme"] not in Theme.values:
        raise Invalid(_("Choose one of the themes."), field="theme")
    for name in ("first_name", "last_name"):
        if name in values:
            values[name] = " ".join(str(values[name]).replace("\x00", "").split())
            if len(values[name]) > 80:
                raise Invalid(_("Use at most %(limit)d characters.") % {"limit": 80}, field=name)
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    return user


@transaction.atomic
def create_account(email: str, password: str, *, first_name: str = "", last_name: str = "") -> User:
    """Create the account of somebody invited; the caller has checked the invitation and the password.

    The address counts as confirmed: whoever has the link received the mail. Raises DomainError email_taken.
    """
    with rules_of_database():
        user = User.objects.create_user(email, password)
    update_profile(user, first_name=first_name, last_name=last_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
