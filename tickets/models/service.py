"""Service rules of a sector; presence on a ticket."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.errors import Invalid, register_constraint
from core.models import UUIDModel
from core.validation import NumberRange, length_condition, length_refusal
from sectors.models import TEXT_LENGTH as SECTOR_TEXT_LENGTH
from sectors.models import Sector
from tags.models import Tag

from .tickets import Ticket

#: Of a rule: up to a week.
MINUTES = NumberRange(
    1, 7 * 24 * 60, "minutes_out_of_range", _("The minutes are a number from %(least)s to %(most)s (a week).")
)
#: Of a rule about being offline: up to a day.
OFFLINE_MINUTES = NumberRange(
    1, 24 * 60, MINUTES.code, _("The minutes are a number from %(least)s to %(most)s (a day).")
)
#: The rules that are a number of minutes, with their ranges.
RULES: Mapping[str, NumberRange] = {
    "give_back_after": MINUTES,
    "move_on_after": OFFLINE_MINUTES,
    "warn_after": MINUTES,
    "close_after": MINUTES,
    "waiting_target": MINUTES,
    "retag_for": MINUTES,
}


class AttendanceRules(models.Model):
    """Service rules of a sector, in minutes; null turns a rule off. Without a row all are as by default.

    ``give_back_after``: an assignment without a first answer is returned to its queue. ``move_on_after``: so is one
    whose contact waits for an answer while the agent has been offline that long. ``warn_after``: a contact
    silent for that long after the last answer is sent ``warn_text``; ``close_after``: after that long the ticket is
    closed with ``close_tag``. ``waiting_target``: the longest acceptable wait. ``retag_for``: how long after closing
    its agent may change a ticket's tags (members who direct the sector's tickets always may).
    ``agents_read_earlier``: whether agents who attend to a contact read their closed tickets of the sector.
    """

    sector = models.OneToOneField(Sector, models.CASCADE, primary_key=True, related_name="attendance_rules")
    give_back_after = models.PositiveSmallIntegerField(
        _("minutes until an unanswered ticket goes back"), null=True, blank=True, validators=MINUTES.validators
    )
    move_on_after = models.PositiveSmallIntegerField(
        _("minutes offline until a ticket whose contact waits moves on"),
        null=True,
        blank=True,
        validators=OFFLINE_MINUTES.validators,
    )
    warn_after = models.PositiveSmallIntegerField(
        _("minutes of silence until the contact is warned"), null=True, blank=True, validators=MINUTES.validators
    )
    warn_text = models.TextField(_("text of the warning"), max_length=SECTOR_TEXT_LENGTH, blank=True)
    close_after = models.PositiveSmallIntegerField(
        _("minutes of silence until the ticket is closed"), null=True, blank=True, validators=MINUTES.validators
    )
    close_tag = models.ForeignKey(Tag, models.PROTECT, related_name="+", null=True, blank=True)
    waiting_target = models.PositiveSmallIntegerField(
        _("minutes that nobody should wait longer"), null=True, blank=True, validators=MINUTES.validators
    )
    retag_for = models.PositiveSmallIntegerField(
        _("minutes after closing in which tags may be changed"), null=True, blank=True, validators=MINUTES.validators
    )
    agents_read_earlier = models.BooleanField(
        _("agents read earlier tickets of their contacts"), default=True, db_default=True
    )
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            *(
                models.CheckConstraint(
                    condition=minutes.condition(name, null=True), name=f"attendance_{name}_in_range"
                )
                for name, minutes in RULES.items()
            ),
            models.CheckConstraint(
                condition=Q(close_after__isnull=True, close_tag__isnull=True)
                | Q(close_after__isnull=False, close_tag__isnull=False),
                name="attendance_closes_with_tag",
            ),
            models.CheckConstraint(
                condition=Q(warn_after__isnull=True) | ~Q(warn_text=""), name="attendance_warns_with_text"
            ),
            models.CheckConstraint(
                condition=length_condition("warn_text", SECTOR_TEXT_LENGTH), name="attendance_warn_text_fits"
            ),
            models.CheckConstraint(
                condition=Q(warn_after__isnull=True)
                | Q(close_after__isnull=True)
                | Q(warn_after__lt=F("close_after")),
                name="attendance_warns_before_closing",
            ),
            CompositeForeignKey(
                fields=["sector", "close_tag"],
                to="tags.Tag",
                to_fields=["sector", "id"],
                name="attendance_tag_of_sector",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sector_id}"


class Presence(UUIDModel):
    """A person who has a ticket open at the desk; ephemeral. ``typing_at``: when they were last typing there."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)
    typing_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["ticket", "user"], name="presence_once")]
        indexes: ClassVar = [models.Index(fields=["seen_at"], name="presence_age")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.seen_at}"


for _name, _minutes in RULES.items():
    register_constraint(f"attendance_{_name}_in_range", _minutes.code, _minutes.refusal, field=_name)
register_constraint(
    "attendance_closes_with_tag",
    "close_tag_required",
    _("Choose the tag that tickets get when they are closed for silence."),
    field="close_tag",
)
register_constraint(
    "attendance_warns_with_text", "warn_text_required", _("Write what the contact is warned with."), field="warn_text"
)
register_constraint("attendance_warn_text_fits", Invalid.code, length_refusal(SECTOR_TEXT_LENGTH), field="warn_text")
register_constraint(
    "attendance_warns_before_closing",
    "warn_before_closing",
    _("The contact is warned before the ticket is closed: choose fewer minutes."),
    field="warn_after",
)
register_constraint("mention_of_note", "mention_of_note", _("Colleagues are mentioned in internal notes."))
register_constraint(
    "attendance_tag_of_sector", "foreign_tag", _("A tag of another sector can't be used."), field="close_tag"
)
register_constraint(
    "attendance_tag_in_use",
    "tag_closes_for_silence",
    _("Tickets are closed with this tag when a contact is silent. Choose another tag for that first."),
)
