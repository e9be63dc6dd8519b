"""Admin pages of the tickets app (docs/admin.md): read-only, except for sending deliveries again."""

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ChosenFilter, LimitedInline, ReadOnlyAdmin, name_models, operation_action
from core.http import parse_uuid
from orgs.access import Actor
from orgs.models import Project, User
from queues.models import Queue
from sectors.models import Sector
from tickets import operations
from tickets.models import Assignment, Contact, Delivery, Message, SweepCatch, Ticket, TicketTag
from tickets.webhooks.hosts import host_of

name_models(
    {
        Ticket: (_("ticket"), _("tickets")),
        Message: (_("message"), _("messages")),
        Assignment: (_("assignment"), _("assignments")),
        TicketTag: (_("tag"), _("tags")),
        Delivery: (_("delivery"), _("deliveries")),
        SweepCatch: (_("catch of the sweep"), _("catches of the sweep")),
    }
)


class _MessagesInline(LimitedInline):
    model = Message
    first = (F("number").desc(nulls_last=True), "-created_on")
    fields = readonly_fields = ("number", "kind", "user", "words", "created_on", "delivery")
    verbose_name_plural = _("messages, the latest first")
    select_related = ("user",)


class _AssignmentsInline(LimitedInline):
    model = Assignment
    first = ("-started_at", "pk")
    fields = readonly_fields = ("agent", "queue", "started_at", "answered_at", "ended_at", "ended", "over_limit")
    select_related = ("agent", "queue")


class _TagsInline(LimitedInline):
    model = TicketTag
    fields = readonly_fields = ("tag", "closed_at")
    select_related = ("tag",)


def _found(queryset: QuerySet, term: str, ticket: str) -> QuerySet:
    """Return the rows of a ticket by its id, its protocol or the flow's ticket id, each of which has an index."""
    if not term.strip():
        return queryset
    wanted = Q(**{f"{ticket}protocol": term.strip()}) | Q(**{f"{ticket}ticket_uuid": term.strip()})
    if key := parse_uuid(term.strip()):
        wanted |= Q(**{f"{ticket}pk": key})
    return queryset.filter(wanted)


_BY_TICKET = _("By the ticket’s protocol, its key or the flow’s, in full")


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """Read-only: tickets are handled at the desk."""

    list_display = ("protocol", "status", "contact", "project", "sector", "queue", "agent", "opened_at", "closed_at")
    list_select_related = ("contact", "project", "sector", "queue", "agent")
    list_filter = (
        "status",
        "source",
        ChosenFilter.of("project", Project, _("project")),
        ChosenFilter.of("sector", Sector, _("sector")),
        ChosenFilter.of("queue", Queue, _("queue")),
        ChosenFilter.of("agent", User, _("agent")),
        ChosenFilter.of("contact", Contact, _("contact")),
    )
    search_fields = ("protocol",)
    search_help_text = _BY_TICKET
    date_hierarchy = "opened_at"
    fields = (
        "protocol",
        "status",
        "contact",
        "project",
        "sector",
        "queue",
        "agent",
        "source",
        "ticket_uuid",
        "flow_uuid",
        "callbacks",
        "opened_at",
        "assigned_at",
        "first_response_at",
        "closed_at",
        "closed_by",
        "closed_by_flow",
        "transfer_count",
    )
    readonly_fields = ("callbacks",)
    inlines = (_MessagesInline, _AssignmentsInline, _TagsInline)

    def search(self, queryset: QuerySet, term: str, request: HttpRequest) -> tuple[QuerySet, bool]:
        return _found(queryset, term, ""), False

    @admin.display(description=_("callbacks go to"))
    def callbacks(self, obj: Ticket) -> str:
        """The flow engine's host only: the rest of the URL may hold a secret."""
        return host_of(obj.callback_url) or "–"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Deliveries to flow engines and their state."""

    list_display = (
        "ticket",
        "number",
        "part",
        "kind",
        "host",
        "state",
        "held",
        "attempts",
        "created_at",
        "next_attempt_at",
        "last_error",
    )
    list_display_links = ("number",)
    list_select_related = ("ticket",)
    list_filter = ("state", "kind", ChosenFilter.of("ticket", Ticket, _("ticket")))
    search_fields = ("ticket__protocol",)
    search_help_text = _BY_TICKET
    date_hierarchy = "created_at"
    fields = (
        "ticket",
        "number",
        "part",
        "kind",
        "message",
        "attachment",
        "url",
        "host",
        "state",
        "held",
        "attempts",
        "created_at",
        "next_attempt_at",
        "give_up_at",
        "delivered_at",
        "failure",
        "status",
        "not_found_since",
        "answer",
        "last_error",
    )
    actions = ("send_again",)

    def search(self, queryset: QuerySet, term: str, request: HttpRequest) -> tuple[QuerySet, bool]:
        return _found(queryset, term, "ticket__"), False

    @operation_action(_("Send again"))
    def send_again(self, request: HttpRequest, obj: Delivery) -> None:
        """Queue a failed delivery again."""
        operations.send_delivery_again(obj.ticket_id, obj.pk, by=Actor.operator(request))


@admin.register(SweepCatch)
class SweepCatchAdmin(ReadOnlyAdmin):
    """Tickets that routing missed until the sweep found them. There should be none."""

    list_display = ("found_at", "ticket", "sector", "queue", "agent")
    list_select_related = ("ticket", "sector", "queue", "agent")
    list_filter = (ChosenFilter.of("sector", Sector, _("sector")),)
    search_fields = ("ticket__protocol",)
    search_help_text = _BY_TICKET
    date_hierarchy = "found_at"
    fields = ("found_at", "ticket", "sector", "queue", "agent")

    def search(self, queryset: QuerySet, term: str, request: HttpRequest) -> tuple[QuerySet, bool]:
        return _found(queryset, term, "ticket__"), False
