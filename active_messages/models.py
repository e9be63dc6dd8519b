"""The engine that starts flows for a project, and each conversation that somebody started."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.encryption import decrypt
from core.errors import register_constraint
from core.models import UUIDModel
from core.validation import NumberRange
from orgs.models import Project
from sectors.models import Sector
from tickets.contact_keys import ADDRESS_LENGTH
from tickets.models import ERASED_CONTACT, ERASED_ID, Contact, Ticket

#: Conversations that a project may start in an hour.
HOURLY = NumberRange(
    1, 10_000, "hourly_limit_out_of_range", _("The number of conversations an hour is from %(least)s to %(most)s.")
)
#: Longest answer of the engine that is kept.
WORDS_LENGTH = 500


class Starters(models.TextChoices):
    """Who may start conversations in a project."""

    AGENTS = "agents", _("Agents and managers")
    MANAGERS = "managers", _("Only managers and administrators")
    ADMINISTRATORS = "administrators", _("Only administrators")


class NumberScheme(models.TextChoices):
    """The channel by which the engine writes to a phone number that it doesn't know yet."""

    WHATSAPP = "whatsapp", _("WhatsApp")
    TEL = "tel", _("SMS or phone")


class FlowEngine(models.Model):
    """Where a project's flows are started: the engine's public API, version 2.

    ``address`` ends in ``/api/v2``. ``token`` is encrypted (``core.encryption``). ``checked_at``: when the engine
    last accepted both. A project without a row starts nothing.
    """

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="flow_engine")
    address = models.CharField(_("address"), max_length=500)
    token = models.TextField()
    starters = models.CharField(
        _("who may start conversations"), max_length=14, choices=Starters.choices, default=Starters.AGENTS
    )
    number_scheme = models.CharField(
        _("channel of new numbers"), max_length=8, choices=NumberScheme.choices, default=NumberScheme.WHATSAPP
    )
    hourly_limit = models.PositiveIntegerField(_("conversations an hour"), default=500, validators=HOURLY.validators)
    checked_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(address__startswith="http") & Q(address__endswith="/api/v2"), name="flow_engine_address"
            ),
            models.CheckConstraint(condition=~Q(token=""), name="flow_engine_has_token"),
            models.CheckConstraint(condition=HOURLY.condition("hourly_limit"), name="flow_engine_hourly_limit"),
            models.CheckConstraint(condition=Q(starters__in=Starters.values), name="flow_engine_starters"),
            models.CheckConstraint(
                condition=Q(number_scheme__in=NumberScheme.values), name="flow_engine_number_scheme"
            ),
        ]

    def __str__(self) -> str:
        return self.address

    def open_token(self) -> str:
        """Return the token. Raises core.encryption.Undecipherable."""
        return decrypt(self.token)


class StartState(models.TextChoices):
    """State of a start (docs/rules.md, Active messages)."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    STARTED = "started", _("Flow started")
    OPENED = "opened", _("Conversation opened")
    REFUSED = "refused", _("Not started")
    UNCLEAR = "unclear", _("Unclear")


#: A start that has not been answered by the engine yet.
IN_PROGRESS = (StartState.QUEUED, StartState.SENDING)
#: Starts from which a conversation may still come.
EXPECTED = (StartState.SENDING, StartState.STARTED, StartState.UNCLEAR)


class Refusal(models.TextChoices):
    """Why a conversation was not started."""

    ENGINE = "engine", _("The engine refused it.")
    UNREACHABLE = "unreachable", _("The engine does not answer. Try again in a few minutes.")
    TOKEN = "token", _("The engine does not accept the token. An administrator can enter another one.")
    ADDRESS = "address", _("There is no engine at the address. An administrator can correct it.")
    BUSY = "busy", _("The engine is too busy now. Try again later.")
    DISCONNECTED = "disconnected", _("No engine is connected any more.")
    IN_CONVERSATION = "in_conversation", _("This contact is in a conversation already.")
    STARTING = "starting", _("A conversation with this contact is being started already.")
    UNKNOWN = "unknown", _("The engine does not know this contact.")
    STOPPED = "stopped", _("The engine does not write to this contact: they are blocked, or want no messages.")
    NOT_ALLOWED = "not_allowed", _("The person who started it may no longer start conversations.")
    SECTOR = "sector", _("The sector has no active messages any more.")


class Start(UUIDModel):
    """A conversation that somebody starts: the engine runs a flow for a contact, which hands over to people.

    ``engine_contact`` is the engine's id of the contact, ``urn`` their address; at least one is known. ``contact``:
    the same person here, if known. ``person_key`` tells who it is, whatever is known of them. ``batch``: those that
    were started at once, numbered by ``position``. ``engine_start``: the engine's id of the start. ``words``: what
    the engine said. ``next_attempt_at``: when it is sent, or when its lease ends.
    ``repeated_at``: when somebody started it again.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="starts", db_index=False)
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    batch = models.UUIDField()
    position = models.PositiveSmallIntegerField(default=0)
    flow_uuid = models.CharField(max_length=64)
    flow_name = models.CharField(max_length=255)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", null=True, blank=True)
    engine_contact = models.CharField(max_length=64, blank=True)
    urn = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    person_key = models.CharField(max_length=ADDRESS_LENGTH)
    state = models.CharField(max_length=8, choices=StartState.choices, default=StartState.QUEUED)
    refusal = models.CharField(max_length=16, choices=Refusal.choices, blank=True)
    words = models.CharField(max_length=WORDS_LENGTH, blank=True)
    engine_start = models.CharField(max_length=64, blank=True)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="starts", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    repeated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(engine_contact="") | ~Q(urn=""), name="start_names_contact"),
            models.CheckConstraint(condition=~Q(flow_uuid="") & ~Q(person_key=""), name="start_names_flow"),
            models.CheckConstraint(condition=Q(state__in=StartState.values), name="start_state"),
            models.CheckConstraint(
                condition=Q(state=StartState.REFUSED, refusal__in=Refusal.values)
                | (~Q(state=StartState.REFUSED) & Q(refusal="")),
                name="start_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state=StartState.OPENED, ticket__isnull=False)
                | (~Q(state=StartState.OPENED) & Q(ticket__isnull=True)),
                name="start_opened_has_ticket",
            ),
            models.UniqueConstraint(
                fields=["project", "person_key"], condition=Q(state__in=IN_PROGRESS), name="start_once_per_person"
            ),
            models.UniqueConstraint(fields=["batch", "position"], name="start_position_in_batch"),
            CompositeForeignKey(
                fields=["project", "sector"],
                to="sectors.Sector",
                to_fields=["project", "id"],
                name="start_sector_of_project",
            ),
            CompositeForeignKey(
                fields=["project", "contact"],
                to="tickets.Contact",
                to_fields=["project", "id"],
                name="start_contact_of_project",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "-created_at", "-id"], name="start_log"),
            models.Index(fields=["project", "state", "-created_at", "-id"], name="start_log_state"),
            models.Index(fields=["by", "project", "-created_at", "-id"], name="start_log_by"),
            models.Index(fields=["next_attempt_at"], condition=Q(state__in=IN_PROGRESS), name="start_due"),
            models.Index(
                fields=["project", "flow_uuid", "-created_at"], condition=Q(state__in=EXPECTED), name="start_expected"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Who the contact is, for people: the name, else the address, else the engine's id."""
        if self.is_erased:
            return str(ERASED_CONTACT)
        return self.name or self.urn.partition(":")[2] or self.engine_contact

    @property
    def is_erased(self) -> bool:
        """Whether what is personal of it was erased with its contact."""
        return self.engine_contact == f"{ERASED_ID}{self.pk}"

    @property
    def is_in_progress(self) -> bool:
        return self.state in IN_PROGRESS

    @property
    def may_be_started_again(self) -> bool:
        """Whether nothing came of it that would be repeated unknowingly, and nobody has repeated it yet."""
        is_over = self.state in (StartState.REFUSED, StartState.UNCLEAR)
        return is_over and self.refusal != Refusal.STOPPED and self.repeated_at is None and not self.is_erased

    @property
    def why(self) -> str:
        """Why it was not started, or not yet, in words; empty otherwise."""
        if self.state == StartState.UNCLEAR:
            return str(
                _("It is not known whether the engine started the flow: the contact may have got its message.")
            )
        if self.state == StartState.QUEUED and self.attempts:
            return str(_("The engine is busy. It is asked again in a moment."))
        if not self.refusal:
            return ""
        return self.words if self.refusal == Refusal.ENGINE and self.words else self.get_refusal_display()


register_constraint(
    "start_once_per_person", "already_starting", _("A conversation with this contact is being started already.")
)
