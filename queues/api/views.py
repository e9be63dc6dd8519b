"""REST API of queues, on the same operations as the pages."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, WholeNumber, YesNo, expected_version
from core.api.schema import ArchivedQuery, listed
from core.errors import Invalid
from core.ordering import STEPS
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from orgs.api.serializers import PersonSerializer, people_of
from queues import operations
from queues.models import MAX_WAITING, AgentStatus, Queue, Status
from queues.querysets import QueueQuerySet
from sectors.api.sectors import sector_named


class AgentSerializer(PersonSerializer):
    """An agent of a queue, with their status in the project."""

    status = serializers.ChoiceField(Status.choices)


class QueueSerializer(serializers.Serializer):
    """A queue."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    sector = serializers.UUIDField(source="sector_id")
    position = serializers.IntegerField()
    on_hold = serializers.BooleanField(help_text="It takes no new tickets.")
    max_waiting = serializers.IntegerField(allow_null=True, help_text="So many may wait; null: any number.")
    agents = AgentSerializer(many=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    modified_at = serializers.DateTimeField()


class QueueChange(serializers.Serializer):
    """What may change in a queue; what is not named stays."""

    name = Text(required=False, max_length=1000)
    agents = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=500, help_text="Who is on it: all of them."
    )
    on_hold = YesNo(required=False, help_text="It takes no new tickets; the flow is told.")
    max_waiting = WholeNumber(
        required=False, allow_null=True, min_value=0, max_value=MAX_WAITING, help_text="Null: any number."
    )
    modified_at = expected_version()


class QueueNew(QueueChange):
    """A new queue."""

    modified_at = None  # type: ignore[assignment]
    sector = serializers.UUIDField()
    name = Text(max_length=1000)


class QueueMove(serializers.Serializer):
    """Where a queue goes in its sector's list."""

    step = serializers.ChoiceField(STEPS)


class QueueEnd(serializers.Serializer):
    """Where a queue's open tickets go."""

    move_to = serializers.UUIDField(
        required=False, allow_null=True, help_text="A queue of the project. Needed where tickets are open."
    )


class QueuesQuery(ArchivedQuery):
    """Parameters of the list of queues."""

    sector = serializers.UUIDField(required=False, help_text="Only queues of this sector.")


def add_statuses(queues: list[Queue]) -> None:
    """Set the agents' ``status`` on loaded queues of one project, in one query."""
    people = {agent.pk for queue in queues for agent in queue.agents.all()}
    rows = AgentStatus.objects.filter(user__in=people, project__sectors__queues__in=[q.pk for q in queues])
    known = dict(rows.values_list("user", "status"))
    for queue in queues:
        for agent in queue.agents.all():
            agent.status = known.get(agent.pk, Status.OFFLINE)  # type: ignore[attr-defined]


def place_of(member: Member, pk: UUID | None) -> Queue | None:
    """Return the target queue of open tickets that a request names. Raises Invalid."""
    if pk is None:
        return None
    found = Queue.objects.filter(sector__project=member.project, pk=pk).first()
    if found is None:
        raise Invalid(_("There is no such queue in this project."), code="not_found", field="move_to")
    return found


@extend_schema(tags=["queues"])
class QueueViewSet(ProjectScopedViewSet):
    """The queues of a project."""

    queries: ClassVar = {"list": QueuesQuery}
    rules: ClassVar = dict.fromkeys(("list", "retrieve"), Member.may_use_chats) | dict.fromkeys(
        ("create", "partial_update", "archive", "move", "restore"), Member.may_configure_some_sector
    )
    serializer_class = QueueSerializer
    lookup_url_kwarg = "queue"

    def get_queryset(self) -> QueueQuerySet:
        """Return the queues visible to the member, with their agents."""
        return Queue.objects.visible_to(self.member).prefetch_related("agents")

    def shown(self, pk: UUID, status: int = 200) -> Response:
        """Return the queue's current state."""
        found = self.get_queryset().get(pk=pk)
        add_statuses([found])
        return self.answer(found, status)

    @extend_schema(operation_id="queues_list", responses=listed(QueueSerializer))
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the queues whose line you see, with their agents."""
        asked = self.asked
        rows = self.get_queryset().filter(archived_at__isnull=not asked.get("archived"))
        if sector := asked.get("sector"):
            rows = rows.filter(sector=sector)
        return self.page(rows, prepare=add_statuses)

    @extend_schema(operation_id="queues_create", request=QueueNew)
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Create a queue in a sector you look after."""
        data = checked(QueueNew, request.data)
        sector = sector_named(self.member, data.pop("sector"))
        data["agents"] = people_of(self.member.project, data.get("agents", ()), "agents")
        return self.shown(operations.create_queue(sector, by=self.actor, **data).pk, 201)

    @extend_schema(operation_id="queues_read")
    def retrieve(self, request: Request, queue: UUID, **kwargs: Any) -> Response:
        """Read a queue."""
        return self.shown(queue)

    @extend_schema(operation_id="queues_change", request=QueueChange)
    def partial_update(self, request: Request, queue: UUID, **kwargs: Any) -> Response:
        """Rename a queue, set who is on it, put it on hold. Waiting tickets go to added agents who are online."""
        found = self.get_object()
        data = checked(QueueChange, request.data)
        if "agents" in data:
            data["agents"] = people_of(self.member.project, data["agents"], "agents")
        operations.update_queue(found, by=self.actor, **data)
        return self.shown(queue)

    @extend_schema(operation_id="queues_archive", request=QueueEnd)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, queue: UUID, **kwargs: Any) -> Response:
        """Archive a queue that is not the last of its sector; its open tickets go where you say, all at once."""
        found = self.get_object()
        place = place_of(self.member, checked(QueueEnd, request.data).get("move_to"))
        operations.archive_queue(found, by=self.actor, move_to=place)
        return self.shown(queue)

    @extend_schema(operation_id="queues_move", request=QueueMove)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, queue: UUID, **kwargs: Any) -> Response:
        """Move a queue up, down, first or last. Tickets for the sector go to the first that takes any."""
        operations.move_queue(self.get_object(), checked(QueueMove, request.data)["step"], by=self.actor)
        return self.shown(queue)

    @extend_schema(operation_id="queues_restore", request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, queue: UUID, **kwargs: Any) -> Response:
        """Bring an archived queue back."""
        operations.restore_queue(self.get_object(), by=self.actor)
        return self.shown(queue)
