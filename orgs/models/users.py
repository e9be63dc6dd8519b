"""The user model."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import images
from core.email_addresses import CANONICAL, CanonicalEmailField
from core.errors import register_constraint
from core.ids import uuid7
from core.text import FoldedTogether
from orgs.querysets import PeopleQuerySet


class UserManager(BaseUserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user; with ``password`` None they can't sign in with a password."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator of the installation, who may use the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with that address, however it is written."""
        return self.get(email=username or "")


class Theme(models.TextChoices):
    """Colour themes of the interface."""

    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. Permissions come from memberships, never from this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = CanonicalEmailField(_("e-mail address"), max_length=254, unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    photo = models.FileField(_("photo"), upload_to="photos", max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    sound = models.BooleanField(_("sound on a new ticket or message"), default=True)
    browser_notifications = models.BooleanField(_("browser notifications"), default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email__regex=CANONICAL), name="user_email_canonical"),
            models.CheckConstraint(condition=models.Q(theme__in=Theme.values), name="user_theme_known"),
        ]
        indexes: ClassVar = [
            GinIndex(
                OpClass(FoldedTogether("email", "first_name", "last_name"), name="gin_trgm_ops"), name="user_search"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return the display name: first and last name, else the local part of the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email.split("@")[0]

    def get_full_name(self) -> str:
        """Same as ``name``, for Django's admin."""
        return self.name

    def get_short_name(self) -> str:
        """Return the first name, else ``name``."""
        return self.first_name or self.name

    @property
    def initials(self) -> str:
        """Return one or two capitals for the avatar."""
        parts = [p for p in (self.first_name, self.last_name) if p] or [self.name]
        return "".join(p[0] for p in parts[:2]).upper()

    @property
    def photo_name(self) -> str:
        """Return the photo's file name for URLs, empty without a photo; each upload gets a new name."""
        return (self.photo.name or "").rpartition("/")[2]

    @property
    def small_photo_name(self) -> str:
        """Like ``photo_name``, for the small size shown next to names."""
        return images.small_name(self.photo_name) if self.photo_name else ""


# The column's own unique index: addresses are in one form, so that equal ones are the same text.
register_constraint("orgs_user_email_key", "email_taken", _("Someone already uses this address."), field="email")
register_constraint("user_email_canonical", "invalid", _("This is not an e-mail address."), field="email")
