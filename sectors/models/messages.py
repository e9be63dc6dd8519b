"""Stored texts of a sector: quick messages for agents, automatic messages for contacts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, register_constraint
from core.models import UUIDModel
from core.text import Fold
from core.validation import length_condition, length_refusal
from orgs.models import Project

from .sectors import Sector

#: Maximum length of a quick or automatic message.
TEXT_LENGTH = 4000


class QuickMessage(UUIDModel):
    """A text inserted with ``/shortcut``: a sector's, or a person's own in a project (``user`` is set)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="quick_messages")
    sector = models.ForeignKey(Sector, models.CASCADE, related_name="quick_messages", null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="quick_messages",
        null=True,
        blank=True,
    )
    shortcut = models.CharField(_("shortcut"), max_length=40)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH)
    created_at = models.DateTimeField(default=now)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = [Fold("shortcut"), "shortcut"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "sector",
                Fold("shortcut"),
                condition=Q(sector__isnull=False),
                name="quick_message_once_per_sector",
            ),
            models.UniqueConstraint(
                "project",
                "user",
                Fold("shortcut"),
                condition=Q(user__isnull=False),
                name="quick_message_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(sector__isnull=False, user__isnull=True) | Q(sector__isnull=True, user__isnull=False),
                name="quick_message_of_sector_or_person",
            ),
            models.CheckConstraint(condition=length_condition("text", TEXT_LENGTH), name="quick_message_text_fits"),
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut}"


class Moment(models.TextChoices):
    """When a sector writes to a contact by itself (docs/rules.md, Automatic messages)."""

    OPENING = "opening", _("On opening")
    WAITING = "waiting", _("While waiting")
    ASSIGNMENT = "assignment", _("On assignment")
    CLOSING = "closing", _("On closing")
    CLOSED = "closed", _("When the sector closes")


class AutomaticMessage(UUIDModel):
    """The text that a sector sends to a contact at a moment; without a row nothing is sent.

    The one of ``closed`` goes to contacts still waiting when work hours end; without it they just keep waiting.
    """

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="automatic_messages")
    moment = models.CharField(max_length=12, choices=Moment.choices)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sector", "moment"], name="automatic_message_once"),
            models.CheckConstraint(condition=Q(moment__in=Moment.values), name="automatic_message_moment_known"),
            models.CheckConstraint(condition=~Q(text=""), name="automatic_message_has_text"),
            models.CheckConstraint(
                condition=length_condition("text", TEXT_LENGTH), name="automatic_message_text_fits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment}: {self.text[:40]}"


for _name in ("quick_message_once_per_sector", "quick_message_once_per_person"):
    register_constraint(
        _name, "shortcut_taken", _("There is a quick message with this shortcut already."), field="shortcut"
    )
register_constraint("quick_message_text_fits", Invalid.code, length_refusal(TEXT_LENGTH), field="text")
# Of several texts saved at once the database does not say which.
register_constraint("automatic_message_text_fits", Invalid.code, length_refusal(TEXT_LENGTH))
