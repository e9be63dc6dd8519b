"""What is said in a ticket, what happens to it, and what must reach the flow engine."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import register_constraint
from core.ids import uuid7
from core.validation import length_condition, length_refusal

from .tickets import Ticket

#: What people, bots and contacts write; an automatic message may become longer when its variables are filled in.
TEXT_LENGTH = 10_000


class MessageKind(models.TextChoices):
    """Whose words a message holds."""

    CONTACT = "contact", _("Contact")
    AGENT = "agent", _("Agent")
    BOT = "bot", _("Bot")
    NOTE = "note", _("Internal note")
    AUTOMATIC = "auto", _("Automatic message")


class DeliveryState(models.TextChoices):
    """How far a reply has come on its way to the flow engine; none where nothing is to be sent."""

    NONE = "", _("Not sent")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Message(models.Model):
    """One message. ``number`` orders the lines of a ticket without gaps; null for the bot conversation before
    the hand-over (``is_history``), which is ordered by ``created_on`` (the channel's time). ``sent_key`` is the one
    that the writer's page made for it, so that what is sent twice is stored once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=8, choices=MessageKind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    text = models.TextField(max_length=TEXT_LENGTH, blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    sent_key = models.UUIDField(null=True, blank=True, editable=False)
    metadata = models.JSONField(default=dict, blank=True)
    is_history = models.BooleanField(default=False)
    created_on = models.DateTimeField()
    stored_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    delivery = models.CharField(max_length=8, choices=DeliveryState.choices, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "number"], name="message_number_once"),
            models.UniqueConstraint(
                fields=["ticket", "external_id"],
                condition=~Q(external_id=""),
                name="message_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["ticket", "sent_key"], condition=Q(sent_key__isnull=False), name="message_sent_once"
            ),
            models.UniqueConstraint(
                "ticket",
                "kind",
                "created_on",
                MD5("text"),
                condition=Q(is_history=True),
                name="message_history_once",
            ),
            models.CheckConstraint(
                condition=Q(is_history=True, number__isnull=True) | Q(is_history=False, number__isnull=False),
                name="message_numbered_unless_history",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["agent", "note"], user__isnull=False)
                | Q(kind__in=["contact", "bot", "auto"], user__isnull=True)
                | Q(is_history=True),
                name="message_person_only_if_theirs",
            ),
            models.CheckConstraint(
                condition=Q(kind="auto") | Q(length_condition("text", TEXT_LENGTH)), name="message_text_fits"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["ticket", "created_on"],
                condition=Q(is_history=True),
                name="message_before_handover",
            ),
            GinIndex(
                OpClass(Upper("text"), name="gin_trgm_ops"), condition=~Q(kind="auto"), name="message_text_search"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def is_seen(self) -> bool:
        """Whether an agent has seen it."""
        return self.seen_at is not None


class Attachment(models.Model):
    """A file of a message: at a URL of the channel, or stored by us (docs/rules.md, Files).

    Of a stored one ``content_type`` was found in its bytes; ``thumbnail``, ``width`` and ``height`` (pixels, upright)
    are there for pictures that can be shown. ``origin`` is the address of the program as whoever added the file
    reached it, for links where none is configured.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    content_type = models.CharField(max_length=127)
    url = models.CharField(max_length=2048, blank=True)
    file = models.FileField(upload_to="attachments/%Y/%m/", max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    thumbnail = models.FileField(upload_to="attachments/%Y/%m/", max_length=255, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=255, blank=True)

    class Meta:
        # As the sender put them.
        ordering = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(url="") | ~Q(file=""), name="attachment_is_somewhere"),
            models.CheckConstraint(
                condition=Q(file="") | Q(size__isnull=False, size__gte=1), name="attachment_stored_has_bytes"
            ),
            models.CheckConstraint(condition=Q(thumbnail="") | ~Q(file=""), name="attachment_thumbnail_of_stored"),
        ]

    def __str__(self) -> str:
        return self.name or self.url


class Upload(models.Model):
    """A file that somebody has added in the composer of a ticket and not sent yet (docs/rules.md, Files).

    The row is there before the files it names are written (``ready`` says that they are), so that whatever a process
    leaves behind when it dies is found by its row. Sending turns it into an ``Attachment``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="uploads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    content_type = models.CharField(max_length=127)
    file = models.FileField(max_length=255)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    thumbnail = models.FileField(max_length=255, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=255, blank=True)
    ready = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(file="") & Q(size__gte=1), name="upload_has_bytes"),
            models.UniqueConstraint(fields=["file"], name="upload_file_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="upload_age")]

    def __str__(self) -> str:
        return self.name


class EventKind(models.TextChoices):
    """What can happen to a ticket, as lines of its conversation."""

    OPENED = "opened", _("Opened")
    ASSIGNED = "assigned", _("Assigned")
    TRANSFERRED = "transferred", _("Transferred")
    TAKEN = "taken", _("Taken")
    RETURNED = "returned", _("Returned to the line")
    GIVEN_BACK = "given_back", _("Went back unanswered")
    RETAGGED = "retagged", _("Tags changed")
    CLOSED = "closed", _("Closed")


class TicketEvent(models.Model):
    """A thing that happened, with the facts of that moment (names included: they may change later)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "number"], name="event_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class Delivery(models.Model):
    """Something that must reach the ticket's ``callback_url``: written with the change, sent by the worker.

    ``id`` orders the deliveries of a ticket; the payload is made when it is sent."""

    class Kind(models.TextChoices):
        """The callback's type on the wire."""

        MESSAGE = "msg.create"
        UPDATE = "room.update"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="deliveries")
    message = models.OneToOneField(Message, models.CASCADE, related_name="outbox", null=True, blank=True)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.SENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "number"], name="delivery_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="sending"), name="delivery_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


register_constraint("message_sent_once", "message_seen", _("This message has been stored already."))
register_constraint("message_external_id_once", "message_seen", _("This message has been stored already."))
register_constraint(
    "message_text_fits",
    "message_too_long",
    length_refusal(TEXT_LENGTH, _("A message holds at most %(limit)d characters.")),
    field="text",
)
