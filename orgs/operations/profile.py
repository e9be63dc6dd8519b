"""What people change about their own account."""

import logging
from typing import IO, Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import images
from core.errors import Invalid, rules_of_database
from core.text import one_line
from core.validation import check_length, max_length
from orgs.models import Theme, User

logger = logging.getLogger(__name__)

_FIELDS = {"first_name", "last_name", "language", "theme", "sound", "browser_notifications"}


@transaction.atomic
def update_profile(user: User, **values: Any) -> User:
    """Change a user's name, language, theme or notifications; omitted values stay as they are.

    ``language`` is one of the configured codes, or empty for the browser's choice. Raises Invalid.
    """
    if set(values) - _FIELDS:
        raise TypeError(f"unknown fields: {sorted(set(values) - _FIELDS)}")
    if values.get("language") and values["language"] not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose one of the languages."), field="language")
    if "theme" in values and values["theme"] not in Theme.values:
        raise Invalid(_("Choose one of the themes."), field="theme")
    for name in ("first_name", "last_name"):
        if name in values:
            values[name] = one_line(str(values[name]))
            check_length(values[name], max_length(User, name), field=name)
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    return user


def set_photo(user: User, file: IO[bytes]) -> User:
    """Set a user's photo: the centre square of the image in ``file`` (docs/rules.md, Profile).

    The previous one is deleted once the new one is committed. Raises Invalid, see ``core.images.prepare``.
    """
    name = images.store(images.prepare(file))
    try:
        _put_photo(user, name)
    except Exception:
        _forget(name)
        raise
    return user


def remove_photo(user: User) -> User:
    """Remove a user's photo, if there is one."""
    _put_photo(user, "")
    return user


@transaction.atomic
def _put_photo(user: User, name: str) -> None:
    # Of two concurrent changes, the second finds and deletes the file that the first stored.
    before = User.objects.select_for_update().values_list("photo", flat=True).get(pk=user.pk)
    user.photo = name
    user.save(update_fields=["photo"])
    if before:
        transaction.on_commit(lambda: _forget(before))


def _forget(name: str) -> None:
    """Delete a photo's files; if the storage fails they are left behind, which is harmless."""
    try:
        images.delete(name)
    except Exception:
        logger.exception("photo_not_deleted", extra={"photo": name})


@transaction.atomic
def create_account(email: str, password: str | None, *, first_name: str = "", last_name: str = "") -> User:
    """Create the account of an invited person; the caller has checked the invitation and the password.

    ``password`` is None for people who sign in through an identity provider. The address counts as confirmed: the
    link proves that they received the e-mail, or the provider vouches for it. Raises DomainError email_taken.
    """
    with rules_of_database():
        user = User.objects.create_user(email, password)
    update_profile(user, first_name=first_name, last_name=last_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def record_own_address(user: User) -> None:
    """Record an account's own address as confirmed, as it was when the account was created. Idempotent.

    An account that was made without an invitation has no such row, and allauth would let an unconfirmed address
    replace its own.
    """
    addresses = EmailAddress.objects.filter(user=user)
    if addresses.filter(email=user.email, verified=True, primary=True).exists():
        return
    addresses.filter(primary=True).update(primary=False)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
