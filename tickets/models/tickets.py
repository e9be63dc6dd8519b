"""Tickets, and what belongs to one."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.errors import register_constraint
from core.models import UUIDModel
from orgs.access import Member
from orgs.models import Project
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tickets import errors

from .contacts import Contact
from .querysets import TicketQuerySet


class TicketStatus(models.TextChoices):
    """State of a ticket (docs/rules.md, Life of a ticket)."""

    WAITING = "waiting", _("Waiting")
    ACTIVE = "active", _("Active")
    CLOSED = "closed", _("Closed")


class Source(models.TextChoices):
    """Who opened the ticket."""

    FLOW = "flow", _("Flow")
    AGENT = "agent", _("Active message")
    TEST = "test", _("Test")


class FlowType(models.TextChoices):
    """The ticket service of the flow engine that a ticket is opened and answered by (docs/flow.md)."""

    WENICHATS = "wenichats", "wenichats"
    GENERIC = "generic", "generic"


class Ticket(UUIDModel):
    """A conversation handed over to people, from opening to closing.

    Rules that no single row can express, such as a closed ticket having a tag, are triggers (``tickets.triggers``).

    ``callbacks_from``: no callback is sent before, because its receiver may not know the ticket yet.
    ``external_id``: what an engine of the type *generic* calls the ticket; ``continues``: the closed one that it
    reopened, which has the same.
    ``main_contact``: the contact's ``main``, copied here by the database, so that it holds the tickets of a person.
    ``waiting_told_at`` and ``closed_told_at``: when the contact was last told their position in the current queue,
    and that the sector has closed. ``silent_since``: time of the last answer the contact has not reacted to;
    ``warned_at``: when they were warned about it. ``given_back_by``: the agent who left the ticket unanswered until
    it was returned to its queue, or from whom it was returned by hand. ``target_missed_at``: when it exceeded the
    sector's waiting target. The metrics at the end are written once, at closing, in seconds; ``…_open_seconds`` count
    only the sector's work hours.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="tickets")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="tickets")
    main_contact = models.ForeignKey(Contact, models.PROTECT, related_name="person_tickets", db_index=False)
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="tickets")
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="tickets")
    status = models.CharField(max_length=10, choices=TicketStatus.choices, default=TicketStatus.WAITING)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tickets", null=True, blank=True)
    seat = models.PositiveSmallIntegerField(null=True, blank=True)

    protocol = models.CharField(_("protocol"), max_length=64)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.FLOW)
    ticket_uuid = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null is "none given", unique otherwise
    flow_uuid = models.CharField(max_length=64, blank=True)
    callback_url = models.CharField(max_length=2048, blank=True)
    callbacks_from = models.DateTimeField(null=True, blank=True)
    flow_type = models.CharField(max_length=10, choices=FlowType.choices, default=FlowType.WENICHATS)
    external_id = models.UUIDField(null=True, blank=True)
    continues = models.ForeignKey(
        "self", models.SET_NULL, related_name="continued_by", null=True, blank=True, db_index=False
    )
    custom_fields = models.JSONField(default=dict, blank=True)
    is_anon = models.BooleanField(default=False)

    opened_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    assigned_at = models.DateTimeField(null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    closed_by_flow = models.BooleanField(default=False)
    modified_at = models.DateTimeField(auto_now=True)

    line_count = models.PositiveIntegerField(default=0)
    unread_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_message_text = models.CharField(max_length=160, blank=True)
    unanswered_since = models.DateTimeField(null=True, blank=True)
    waiting_told_at = models.DateTimeField(null=True, blank=True)
    closed_told_at = models.DateTimeField(null=True, blank=True)
    silent_since = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    given_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True, db_index=False
    )
    target_missed_at = models.DateTimeField(null=True, blank=True)

    transfer_count = models.PositiveSmallIntegerField(default=0)
    waiting_seconds = models.FloatField(null=True, blank=True)
    waiting_open_seconds = models.FloatField(null=True, blank=True)
    first_response_seconds = models.FloatField(null=True, blank=True)
    first_response_open_seconds = models.FloatField(null=True, blank=True)
    response_seconds = models.FloatField(null=True, blank=True)
    response_open_seconds = models.FloatField(null=True, blank=True)
    handling_seconds = models.FloatField(null=True, blank=True)

    tags = models.ManyToManyField(Tag, through="TicketTag", related_name="tickets")

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "main_contact"], condition=~Q(status="closed"), name="ticket_one_open_per_person"
            ),
            models.UniqueConstraint(
                fields=["agent", "sector", "seat"], condition=Q(status="active"), name="ticket_seat_taken_once"
            ),
            models.UniqueConstraint(fields=["project", "ticket_uuid"], name="ticket_uuid_once_per_project"),
            models.UniqueConstraint(fields=["id", "sector"], name="ticket_in_sector"),
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(status="closed"), name="ticket_external_id_open_once"
            ),
            models.CheckConstraint(condition=Q(status__in=TicketStatus.values), name="ticket_status_known"),
            models.CheckConstraint(
                condition=Q(flow_type="generic", external_id__isnull=False)
                | Q(flow_type="wenichats", external_id__isnull=True),
                name="ticket_generic_has_external_id",
            ),
            models.CheckConstraint(
                # With a NULL seat the comparison is unknown, which would pass the check.
                condition=~Q(status="active") | Q(agent__isnull=False, seat__isnull=False, seat__gte=1),
                name="ticket_active_has_agent_and_seat",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(agent__isnull=True, seat__isnull=True),
                name="ticket_waiting_has_no_agent",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False, seat__isnull=True)
                | Q(~Q(status="closed"), closed_at__isnull=True),
                name="ticket_closed_has_time_and_no_seat",
            ),
            CompositeForeignKey(
                fields=["project", "contact"],
                to="tickets.Contact",
                to_fields=["project", "id"],
                name="ticket_contact_of_project",
            ),
            CompositeForeignKey(
                fields=["contact", "main_contact"],
                to="tickets.Contact",
                to_fields=["id", "main"],
                name="ticket_main_contact_of_contact",
                cascades=True,
            ),
            CompositeForeignKey(
                fields=["project", "sector"],
                to="sectors.Sector",
                to_fields=["project", "id"],
                name="ticket_sector_of_project",
            ),
            CompositeForeignKey(
                fields=["sector", "queue"],
                to="queues.Queue",
                to_fields=["sector", "id"],
                name="ticket_queue_of_sector",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["queue", "queued_at", "id"], condition=Q(status="waiting"), name="ticket_line"),
            # All queues of a project together, the longest wait first.
            models.Index(fields=["project", "queued_at", "id"], condition=Q(status="waiting"), name="ticket_waiting"),
            models.Index(fields=["sector", "agent"], condition=Q(status="active"), name="ticket_attended"),
            # All active tickets of a project, the longest wait for an answer first.
            models.Index(
                fields=["project", "unanswered_since", "id"], condition=Q(status="active"), name="ticket_unanswered"
            ),
            *(
                models.Index(fields=[of, "-closed_at", "-id"], condition=Q(status="closed"), name=name)
                for of, name in (
                    ("project", "ticket_history"),
                    ("sector", "ticket_history_sector"),
                    ("queue", "ticket_history_queue"),
                    ("agent", "ticket_history_agent"),
                )
            ),
            # The tickets a person last closed in a sector: which tags to offer first.
            models.Index(
                fields=["closed_by", "sector", "-closed_at"], condition=Q(status="closed"), name="ticket_closed_by"
            ),
            models.Index(fields=["main_contact", "-opened_at"], name="ticket_of_person"),
            models.Index(fields=["sector", "opened_at"], name="ticket_opened"),
            models.Index(fields=["project", "-opened_at", "-id"], name="ticket_newest"),
            # Small and cheap to write: for operators, who look at a day across all projects.
            BrinIndex(fields=["opened_at"], name="ticket_opened_day", autosummarize=True),
            models.Index(fields=["project", "protocol"], name="ticket_protocol"),
            models.Index(
                fields=["external_id", "-id"], condition=Q(external_id__isnull=False), name="ticket_external_id"
            ),
            models.Index(
                fields=["sector", "silent_since"],
                condition=Q(status="active", silent_since__isnull=False),
                name="ticket_silent",
            ),
            models.Index(
                fields=["sector", "unanswered_since"],
                condition=Q(status="active", unanswered_since__isnull=False),
                name="ticket_asked",
            ),
            models.Index(
                fields=["sector", "waiting_told_at"], condition=Q(status="waiting"), name="ticket_told_place"
            ),
            models.Index(
                fields=["sector", "closed_told_at"], condition=Q(status="waiting"), name="ticket_told_closed"
            ),
            models.Index(
                fields=["sector", "queued_at"],
                condition=Q(status="waiting", target_missed_at__isnull=True),
                name="ticket_target",
            ),
        ]

    def __str__(self) -> str:
        return self.protocol

    @property
    def is_generic(self) -> bool:
        """Whether an engine of the type *generic* is on the other side."""
        return self.flow_type == FlowType.GENERIC

    @property
    def is_waiting(self) -> bool:
        return self.status == TicketStatus.WAITING

    @property
    def is_active(self) -> bool:
        return self.status == TicketStatus.ACTIVE

    @property
    def is_open(self) -> bool:
        return not self.is_closed

    @property
    def is_closed(self) -> bool:
        return self.status == TicketStatus.CLOSED

    def is_handled_by(self, member: Member) -> bool:
        """Whether the member is its agent (of a closed ticket, its last one) or directs its sector's tickets."""
        return self.agent_id == member.user.pk or member.may_direct_tickets_of(self.sector_id)

    @property
    def urn_to_show(self) -> str:
        """The contact's URN, or empty if the flow marked the ticket as anonymous."""
        return "" if self.is_anon else self.contact.urn

    @property
    def email_to_show(self) -> str:
        """The contact's e-mail, or empty if it is the URN of an anonymous ticket."""
        return "" if self.is_anon and self.contact.urn.startswith("mailto:") else self.contact.email


class TicketTag(UUIDModel):
    """A tag given to a ticket at closing.

    ``sector`` and ``closed_at`` are denormalized from the ticket: the first lets composite foreign keys keep tag and
    ticket in one sector, the second lets filters do without a join.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="ticket_tags")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="ticket_tags")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "tag"], name="ticket_tag_once"),
            CompositeForeignKey(
                fields=["sector", "tag"], to="tags.Tag", to_fields=["sector", "id"], name="ticket_tag_of_sector"
            ),
            CompositeForeignKey(
                fields=["ticket", "sector"],
                to="tickets.Ticket",
                to_fields=["id", "sector"],
                name="ticket_tag_with_ticket",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tag", "-closed_at", "-ticket"], name="ticket_tag_history")]

    def __str__(self) -> str:
        return f"{self.tag_id}"


class ReplacedTicketUuid(UUIDModel):
    """A ``ticket_uuid`` that a ticket had before the flow handed its contact over again (docs/rules.md, Opening).

    A request to open it that comes late or twice is answered with the ticket and changes nothing. ``external_id``:
    what an engine of the type *generic* called the ticket then.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="replaced_uuids")
    ticket_uuid = models.CharField(max_length=64)
    external_id = models.UUIDField(null=True, blank=True)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "ticket_uuid"], name="replaced_ticket_uuid_once"),
            models.UniqueConstraint(fields=["external_id"], name="replaced_external_id_once"),
        ]

    def __str__(self) -> str:
        return self.ticket_uuid


class QueueStay(UUIDModel):
    """A stay of a ticket in a queue, until it is assigned, transferred or closed."""

    class Left(models.TextChoices):
        """Why a stay ended."""

        ASSIGNED = "assigned", _("Assigned")
        TRANSFERRED = "transferred", _("Transferred")
        CLOSED = "closed", _("Closed")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="stays")
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    left = models.CharField(max_length=12, choices=Left.choices, blank=True)

    class Meta:
        ordering = ["entered_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(left_at__isnull=True), name="stay_one_open")
        ]
        indexes: ClassVar = [models.Index(fields=["ticket", "entered_at"], name="stay_of_ticket")]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.entered_at}"


class SweepCatch(UUIDModel):
    """A ticket that waited although an agent was eligible, until the sweep found it.

    Each one is a bug in code that changed the ticket or the agent without routing; there should be none
    (docs/routing.md, The sweep).
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+")
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["found_at"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.found_at}"


def protocol_for(ticket_id: UUID, opened_at: datetime, zone: str) -> str:
    """Return a ticket's generated protocol: its date in the time zone of its sector and the random end of its id."""
    return f"{opened_at.astimezone(ZoneInfo(zone)):%Y%m%d}-{ticket_id.hex[-8:].upper()}"


register_constraint("ticket_one_open_per_person", "already_open", _("This contact has an open ticket already."))
register_constraint("ticket_external_id_open_once", "already_open", _("This contact has an open ticket already."))
register_constraint(
    "ticket_generic_has_external_id", "invalid", _("A ticket of the type generic has an external id, no other has.")
)
register_constraint("ticket_seat_taken_once", "seat_taken", _("The agent's place was taken by another ticket."))
register_constraint("ticket_tag_of_sector", "foreign_tag", _("A tag of another sector can't be used."), field="tags")
for _name, _sentence in (
    ("queue_has_open_tickets", _("The queue has open tickets. Move or close them first.")),
    ("sector_has_open_tickets", _("The sector has open tickets. Move or close them first.")),
    ("project_has_open_tickets", _("The project has open tickets. Close them first.")),
):
    register_constraint(_name, _name, _sentence)
register_constraint("ticket_project_is_live", "archived", _("This project is archived and takes no tickets."))
register_constraint("ticket_tag_not_merged", "foreign_tag", _("This tag was merged into another one."), field="tags")

# Rules that operations check too, with the same error.
for _name, _error, _field in (
    ("ticket_closed_has_tag", errors.TagsRequired, "tags"),
    ("ticket_place_is_live", errors.Archived, None),
    ("queue_on_hold", errors.QueueOnHold, "queue"),
    ("queue_full", errors.QueueFull, "queue"),
):
    register_constraint(_name, _error.code, _error.sentence, field=_field)
