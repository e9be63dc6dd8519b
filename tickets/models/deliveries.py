"""Deliveries to the flow engine."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import UUIDModel
from orgs.models import Project

from .conversation import Attachment, DeliveryState, Message
from .tickets import Ticket

#: How long a delivery is retried.
SPAN = timedelta(hours=24)
#: Characters kept of what a receiver answers.
ANSWER_LENGTH = 2000
#: A name, a colon and a port.
HOST_LENGTH = 260


class Failure(models.TextChoices):
    """Why an attempt failed. What is UNREACHABLE or NOT_ALLOWED was never sent; after a TIMEOUT or when CUT_OFF the
    receiver may have taken it."""

    STATUS = "status", _("Refused")
    TIMEOUT = "timeout", _("No answer in time")
    CUT_OFF = "cut_off", _("Connection lost")
    UNREACHABLE = "unreachable", _("Not reachable")
    NOT_ALLOWED = "not_allowed", _("Private network")
    ADDRESS = "address", _("Unusable address")


class Held(models.TextChoices):
    """Why a delivery isn't tried although it could be."""

    CIRCUIT = "circuit", _("The host does not answer")
    PAUSE = "pause", _("Paused")


def a_day_from_now() -> datetime:
    """Return when a delivery that is queued now is given up."""
    return timezone.now() + SPAN


class Delivery(UUIDModel):
    """A callback owed to the ticket's ``callback_url``: stored with the change, sent by the worker.

    A message has one for each file and one for its text (``attachment`` null). ``number`` and ``part`` order the
    deliveries of a ticket; the payload is built when it is sent. ``url`` is set if it goes to another address than
    the ticket's at the time of sending; ``external_id`` then, if an engine of the type *generic* listens there.

    Of the last attempt: ``failure`` says what went wrong, ``last_error`` the same for operators, ``status`` and
    ``answer`` what the receiver answered (the beginning of it). ``not_found_since`` is the time of the first of the
    404s in a row. ``host`` is that of the address when it was last looked at. ``held`` is set on what comes next in a
    ticket while its host is paused, or others find out whether it answers.
    """

    class Kind(models.TextChoices):
        """The callback's ``type`` on the wire."""

        MESSAGE = "msg.create"
        UPDATE = "room.update"

    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", null=True, blank=True)
    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="deliveries", null=True, blank=True)
    number = models.PositiveIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    url = models.CharField(max_length=2048, blank=True)
    external_id = models.UUIDField(null=True, blank=True)
    host = models.CharField(max_length=HOST_LENGTH, blank=True)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.SENDING)
    held = models.CharField(max_length=8, choices=Held.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    give_up_at = models.DateTimeField(default=a_day_from_now)
    not_found_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=12, choices=Failure.choices, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=ANSWER_LENGTH, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["number", "part"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "number", "part"], name="delivery_number_once"),
            models.UniqueConstraint(
                fields=["message", "attachment"],
                condition=Q(message__isnull=False),
                nulls_distinct=False,
                name="delivery_part_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="msg.create", message__isnull=False)
                | Q(kind="room.update", message__isnull=True, attachment__isnull=True),
                name="delivery_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(external_id__isnull=True) | ~Q(url=""), name="delivery_external_id_has_address"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="sending"), name="delivery_due"),
            models.Index(fields=["host", "project"], condition=~Q(held=""), name="delivery_held"),
            models.Index(fields=["project", "created_at", "id"], name="delivery_log"),
            models.Index(
                fields=["project", "state", "created_at", "id"],
                condition=Q(state__in=["sending", "failed"]),
                name="delivery_log_state",
            ),
            models.Index(fields=["project", "host", "created_at", "id"], name="delivery_log_host"),
            BrinIndex(fields=["created_at"], name="delivery_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class HostCircuit(models.Model):
    """A host whose last callbacks failed, of whatever project. The row goes away when it answers.

    From some failures on, ``opened_at`` is set: one delivery at a time finds out whether it answers again, the next
    one at ``probe_at``. ``last_delivery``: the last one that failed, so that one alone doesn't open the circuit.
    """

    host = models.CharField(max_length=HOST_LENGTH, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_delivery = models.UUIDField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, probe_at__isnull=True)
                | Q(opened_at__isnull=False, probe_at__isnull=False),
                name="circuit_open_has_probe",
            ),
        ]

    def __str__(self) -> str:
        return self.host


class HostPause(UUIDModel):
    """A host that a project sends no callbacks to until somebody lets it again."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    host = models.CharField(max_length=HOST_LENGTH)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "host"], name="host_pause_once"),
            models.CheckConstraint(condition=~Q(host=""), name="host_pause_has_host"),
        ]

    def __str__(self) -> str:
        return self.host


class SigningSecret(models.Model):
    """The secret that signs a project's callbacks, and the one before its last rotation, both encrypted."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="+")
    encrypted = models.CharField(max_length=255)
    encrypted_before = models.CharField(max_length=255, blank=True, default="")
    rotated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(encrypted=""), name="signing_secret_given"),
            models.CheckConstraint(
                condition=Q(encrypted_before="") | Q(rotated_at__isnull=False), name="signing_secret_rotated"
            ),
        ]

    def __str__(self) -> str:
        return str(self.project_id)
