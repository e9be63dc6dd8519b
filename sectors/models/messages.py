"""Stored texts of a sector: quick messages for agents with their files, automatic messages for contacts."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, register_constraint
from core.files.stored import StoredFile
from core.models import UUIDModel
from core.text import Fold
from core.validation import length_condition, length_refusal
from orgs.access import Member
from orgs.models import Project
from sectors.triggers import MAX_QUICK_FILE_MEGABYTES

from .sectors import Sector

#: Maximum length of a quick or automatic message.
TEXT_LENGTH = 4000
#: Maximum number of files of a quick message; of a message it may be less (``FILES_PER_MESSAGE``).
MAX_QUICK_FILES = 10


class QuickMessageQuerySet(models.QuerySet["QuickMessage"]):
    """Quick messages by who may use or edit them."""

    def visible_to(self, member: Member) -> Self:
        """Filter those of the sectors that the member sees, and the member's own."""
        sectors = Sector.objects.visible_to(member).values("pk")
        return self.filter(Q(sector__in=sectors) | Q(user=member.user.pk), project=member.project)


class QuickMessage(UUIDModel):
    """A text, files or both, inserted with ``/shortcut``: of a sector, or a person's own in a project (``user``).

    Without a text there is at least one file (``triggers.QUICK_MESSAGE_HAS_CONTENT``).
    """

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
    text = models.TextField(_("text"), max_length=TEXT_LENGTH, blank=True)
    created_at = models.DateTimeField(default=now)
    modified_at = models.DateTimeField(auto_now=True)

    objects = QuickMessageQuerySet.as_manager()

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


class QuickMessageFile(StoredFile):
    """A stored file that a quick message carries; what is sent with it is a copy (docs/rules.md, Quick messages).

    The bytes of all files of a sector's, or of a person's, quick messages are limited
    (``triggers.QUICK_MESSAGE_FILES_FIT``).
    """

    message = models.ForeignKey(QuickMessage, models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(file="") & Q(size__gte=1), name="quick_message_file_has_bytes"),
            models.UniqueConstraint(fields=["file"], name="quick_message_file_once"),
            models.UniqueConstraint(fields=["message", "position"], name="quick_message_file_position_once"),
            # As each position is taken once, this is the maximum number of files too.
            models.CheckConstraint(
                condition=Q(position__lt=MAX_QUICK_FILES), name="quick_message_file_position_in_range"
            ),
        ]

    @property
    def kind(self) -> str:
        """What it is, by its content type: image, audio, video or other."""
        word = self.content_type.partition("/")[0]
        return word if word in {"image", "audio", "video"} else "other"


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
register_constraint(
    "quick_message_has_content", Invalid.code, _("Write what the shortcut inserts, or add a file."), field="text"
)
register_constraint(
    "quick_message_files_fit",
    "quick_message_files_too_large",
    format_lazy(
        _("The files of these quick messages may have {limit} MB in all. Remove some first."),
        limit=MAX_QUICK_FILE_MEGABYTES,
    ),
    field="files",
)
# Of several texts saved at once the database does not say which.
register_constraint("automatic_message_text_fits", Invalid.code, length_refusal(TEXT_LENGTH))
