"""Queues of a sector, their agents, and each agent's status."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import register_constraint
from core.models import ListedModel, UUIDModel
from core.text import Fold
from core.validation import NumberRange
from orgs.models import Project
from sectors.models import Sector

from .querysets import QueueQuerySet

#: Upper bound of a queue's maximum, if it has one.
MAX_WAITING = 10_000
REASON_LENGTH = 60
WAITING_RANGE = NumberRange(
    0,
    MAX_WAITING,
    "max_waiting_out_of_range",
    _("The maximum number waiting is a number from %(least)s to %(most)s."),
)
DAILY_MINUTES = NumberRange(
    1, 24 * 60, "daily_minutes_out_of_range", _("The minutes a day are a number from %(least)s to %(most)s.")
)


class Queue(ListedModel):
    """A queue of a sector, in which tickets wait.

    ``on_hold``: no new tickets; existing ones continue. ``max_waiting``: maximum number of waiting tickets; null: no
    limit. Triggers enforce both (``tickets.triggers``; docs/rules.md, Queue).
    """

    sector = models.ForeignKey(Sector, models.PROTECT, related_name="queues")
    name = models.CharField(_("name"), max_length=80)
    on_hold = models.BooleanField(_("on hold"), default=False)
    max_waiting = models.PositiveIntegerField(
        _("maximum number waiting"), null=True, blank=True, validators=[MaxValueValidator(MAX_WAITING)]
    )
    created_at = models.DateTimeField(default=timezone.now)

    agents = models.ManyToManyField(settings.AUTH_USER_MODEL, through="QueueAgent", related_name="queues")

    objects = QueueQuerySet.as_manager()

    class Meta(ListedModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint("sector", Fold("name"), name="queue_name_once_per_sector"),
            models.UniqueConstraint(fields=["sector", "id"], name="queue_in_sector"),
            models.CheckConstraint(condition=~Q(name=""), name="queue_has_name"),
            models.CheckConstraint(
                condition=WAITING_RANGE.condition("max_waiting", null=True), name="queue_max_waiting_in_range"
            ),
        ]


class QueueAgent(UUIDModel):
    """Assigns a member to a queue, which makes them an agent."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="places")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="queue_places")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "user"], name="queue_agent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Status(models.TextChoices):
    """Whether an agent takes tickets (docs/rules.md, Agent status)."""

    ONLINE = "online", _("Online")
    PAUSED = "paused", _("Paused")
    OFFLINE = "offline", _("Offline")


class PauseReason(ListedModel):
    """A pause reason that a project offers. ``daily_minutes``: allowance per day; null: no limit."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="pause_reasons")
    name = models.CharField(_("name"), max_length=REASON_LENGTH)
    daily_minutes = models.PositiveSmallIntegerField(_("minutes a day"), null=True, blank=True)

    class Meta(ListedModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint("project", Fold("name"), name="pause_reason_once_per_project"),
            models.CheckConstraint(condition=~Q(name=""), name="pause_reason_has_name"),
            models.CheckConstraint(
                condition=DAILY_MINUTES.condition("daily_minutes", null=True), name="pause_reason_minutes_in_range"
            ),
        ]


class AgentStatus(UUIDModel):
    """An agent's current status in a project. No row means offline.

    ``then_pause``: online for the current tickets, no new ones; paused (with ``then_reason``) as soon as none is
    left.

    ``seen_at`` is the last sign of life of a live connection; ``kept`` exempts the row from going offline with the
    connection (demos, programs that act as agents).
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="agent_statuses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="agent_statuses")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OFFLINE)
    reason = models.CharField(_("reason"), max_length=80, blank=True)
    then_pause = models.BooleanField(default=False)
    then_reason = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    kept = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="agent_status_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="agent_status_known"),
            models.CheckConstraint(
                condition=Q(then_pause=False, then_reason="") | Q(then_pause=True, status="online"),
                name="agent_status_pauses_from_online",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["seen_at"], condition=~Q(status="offline"), name="agent_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.status}"


class StatusChange(UUIDModel):
    """An interval of an agent's status; ``ended_at`` is null for the current one.

    ``reason`` is the name that a pause's reason had; ``pause_reason`` the reason itself, if it is one of the
    project's, whatever it is called later.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="status_changes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=10, choices=Status.choices)
    reason = models.CharField(max_length=80, blank=True)
    # Reasons are archived, never deleted, so nothing looks for a reason's intervals.
    pause_reason = models.ForeignKey(
        PauseReason, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "user"],
                condition=Q(ended_at__isnull=True),
                name="status_change_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "user", "-started_at"], name="status_log"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.status} {self.started_at}"


register_constraint(
    "queue_name_once_per_sector",
    "queue_name_taken",
    _("The sector already has a queue of this name (archived ones count: restore it instead)."),
    field="name",
)
register_constraint("queue_agent_once", "already_on_queue", _("This agent is already on the queue."))
register_constraint("queue_max_waiting_in_range", WAITING_RANGE.code, WAITING_RANGE.refusal, field="max_waiting")
register_constraint(
    "pause_reason_once_per_project",
    "pause_reason_taken",
    _("The project already has a reason of this name (archived ones count: restore it instead)."),
    field="name",
)
register_constraint("pause_reason_minutes_in_range", DAILY_MINUTES.code, DAILY_MINUTES.refusal, field="daily_minutes")
