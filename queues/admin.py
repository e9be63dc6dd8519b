"""Back-office pages of the queues app (docs/admin.md)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ArchivedFilter,
    ChosenFilter,
    OperationInline,
    name_models,
    rows_of,
)
from core.http import form_version
from orgs.access import Actor
from orgs.admin.places import ArchivableAdmin, count_of, in_use
from orgs.models import Project, User
from queues import operations
from queues.models import PauseReason, Queue, QueueAgent
from sectors.admin import OfSectorAdmin, PersonRowForm
from sectors.models import Sector

name_models(
    {
        Queue: (_("queue"), _("queues")),
        QueueAgent: (_("agent"), _("agents")),
        PauseReason: (_("reason for a pause"), _("reasons for a pause")),
    }
)

#: Maximum number of agents on a queue's page; saving keeps the ones that aren't shown.
AGENTS_SHOWN = 150


class _AgentsInline(OperationInline):
    model = QueueAgent
    form = PersonRowForm
    fields = ("user",)
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        match = request.resolver_match
        queue = match.kwargs.get("object_id") if match else None
        shown = QueueAgent.objects.filter(queue=queue).order_by("user__email")[:AGENTS_SHOWN]
        rows = super().get_queryset(request).filter(pk__in=shown.values("pk"))
        return rows.select_related("user").order_by("user__email")


@admin.register(Queue)
class QueueAdmin(OfSectorAdmin, ArchivableAdmin):
    """Queues, with their agents."""

    list_display = ("name", "sector", "project", "people", "on_hold", "max_waiting", "archived_at")
    list_filter = (ArchivedFilter, "on_hold", ChosenFilter.of("sector", Sector, _("sector")))
    inlines = (_AgentsInline,)
    archive_operation = staticmethod(operations.archive_queue)
    restore_operation = staticmethod(operations.restore_queue)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Annotate the list's counts."""
        return super().get_queryset(request).annotate(people=count_of(QueueAgent.objects.all(), "queue"))

    @admin.display(description=_("agents"))
    def people(self, obj: Any) -> int:
        """Number of agents."""
        return int(obj.people)

    def shown_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show the editable fields; on an existing queue also the read-only ones."""
        return ["sector", "name", "on_hold", "max_waiting"] + (["created_at", "archived_at"] if obj else [])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "created_at", "archived_at") if obj else ()

    def create(self, request: HttpRequest, form: Any, rows: Any) -> Queue:
        """Create a queue at the end of its sector's list."""
        data = form.cleaned_data
        return operations.create_queue(
            data["sector"],
            data["name"],
            by=Actor.operator(request),
            agents=[row.cleaned_data["user"] for row in rows_of(rows[QueueAgent])],
            on_hold=data["on_hold"],
            max_waiting=data["max_waiting"],
        )

    def update(self, request: HttpRequest, obj: Queue, form: Any, rows: Any) -> None:
        """Update the queue and its agents; agents that the page didn't show stay."""
        data, formset = form.cleaned_data, rows[QueueAgent]
        taken_off = [row.instance.user_id for row in formset.deleted_forms if not row.instance._state.adding]
        present = User.objects.filter(queue_places__queue=obj).exclude(pk__in=taken_off)
        added = [row.cleaned_data["user"] for row in rows_of(formset) if row.instance._state.adding]
        operations.update_queue(
            obj,
            by=Actor.operator(request),
            name=data["name"],
            agents=list(dict.fromkeys([*present, *added])),
            expected_version=form_version(request),
            on_hold=data["on_hold"],
            max_waiting=data["max_waiting"],
        )


@admin.register(PauseReason)
class PauseReasonAdmin(ArchivableAdmin):
    """Pause reasons."""

    list_display = ("name", "project", "daily_minutes", "archived_at")
    list_filter = (ArchivedFilter, ChosenFilter.of("project", Project, _("project")))
    search_fields = ("name", "project__name")
    fields = ("project", "name", "daily_minutes")
    autocomplete_fields = ("project",)
    archive_operation = staticmethod(operations.archive_pause_reason)
    restore_operation = staticmethod(operations.restore_pause_reason)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Join what decides whether the reason can be edited."""
        return super().get_queryset(request).select_related("project__organization")

    def is_open(self, obj: PauseReason) -> bool:
        return in_use(obj.project)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A reason can't move to another project."""
        return ("project",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only projects in use."""
        live = Project.objects.live().filter(organization__archived_at=None).select_related("organization")
        return super().formfield_for_foreignkey(db_field, request, queryset=live, **kwargs)

    def create(self, request: HttpRequest, form: Any, rows: Any) -> PauseReason:
        data = form.cleaned_data
        return operations.add_pause_reason(
            data["project"], data["name"], by=Actor.operator(request), daily_minutes=data["daily_minutes"]
        )

    def update(self, request: HttpRequest, obj: PauseReason, form: Any, rows: Any) -> None:
        data = form.cleaned_data
        operations.change_pause_reason(
            obj,
            by=Actor.operator(request),
            name=data["name"],
            daily_minutes=data["daily_minutes"],
            expected_version=form_version(request),
        )
