"""Which agent had a ticket, and for how long."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from core.models import UUIDModel
from queues.models import Queue
from sectors.models import Sector


class Assignment(UUIDModel):
    """A period of a ticket with one agent, kept through transfers; the source of figures per agent.

    ``answered_at``: the agent's first answer in it, or an earlier one if the ticket changed queue together with its
    agent.
    """

    class Ended(models.TextChoices):
        """Why an assignment ended."""

        CLOSED = "closed", _("Closed")
        TRANSFERRED = "transferred", _("Transferred")
        TAKEN_OVER = "taken_over", _("Taken over")
        RETURNED = "returned", _("Returned to the queue")
        GIVEN_BACK = "given_back", _("Went back unanswered")

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="assignments")
    # The index by sector and agent below serves the foreign key too.
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    seat = models.PositiveSmallIntegerField()
    over_limit = models.BooleanField(default=False)
    reason = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=12, choices=Ended.choices, blank=True)

    class Meta:
        ordering = ["started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(ended_at__isnull=True), name="assignment_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended="") | Q(ended_at__isnull=False) & ~Q(ended=""),
                name="assignment_end_has_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "sector", "-started_at"], name="assignment_of_agent"),
            models.Index(fields=["agent", "sector", "-ended_at"], name="assignment_ended"),
            models.Index(fields=["ticket", "started_at"], name="assignment_of_ticket"),
            models.Index(fields=["sector", "agent", "started_at"], name="assignment_of_sector"),
            models.Index(
                fields=["sector", "started_at"],
                condition=Q(ended_at__isnull=True, answered_at__isnull=True),
                name="assignment_unanswered",
            ),
            # Assignments long enough to span a whole month without beginning or ending in it.
            models.Index(
                fields=["sector", "agent", "started_at"],
                condition=Q(GreaterThanOrEqual(F("ended_at") - F("started_at"), Value(timedelta(days=28)))),
                name="assignment_long",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.started_at}"
