"""Queues: the operations of the pages, as JSON."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, WholeNumber, YesNo, version_seen
from core.api.paging import page
from core.api.schema import ArchivedQuery, listed
from core.errors import Invalid
from core.ordering import STEPS
from orgs.access import Member
from orgs.api.base import ProjectView, checked
from orgs.api.serializers import PersonSerializer, people_of
from queues import operations
from queues.models import MOST_WAITING, AgentStatus, Queue, Status
from sectors.models import Sector


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
        required=False, allow_null=True, min_value=0, max_value=MOST_WAITING, help_text="Null: any number."
    )
    modified_at = version_seen()


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


def queues_of(member: Member) -> Any:
    """Return the queues whose line the member sees, with their agents."""
    return Queue.objects.visible_to(member).prefetch_related("agents")


def add_statuses(queues: list[Queue]) -> None:
    """Give the loaded agents of queues of one project their status, in one query."""
    people = {agent.pk for queue in queues for agent in queue.agents.all()}
    rows = AgentStatus.objects.filter(user__in=people, project__sectors__queues__in=[q.pk for q in queues])
    known = dict(rows.values_list("user", "status"))
    for queue in queues:
        for agent in queue.agents.all():
            agent.status = known.get(agent.pk, Status.OFFLINE)  # type: ignore[attr-defined]


def queue_of(member: Member, pk: UUID) -> Queue:
    """Return one queue whose line the member sees. Raises Http404."""
    found = queues_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def shown(member: Member, pk: UUID, status: int = 200) -> Response:
    """Return a queue as it is now."""
    found = queue_of(member, pk)
    add_statuses([found])
    return Response(QueueSerializer(found).data, status)


def sector_to_configure(member: Member, pk: UUID) -> Sector:
    """Return the sector a body names, if the member sees it. Raises Invalid."""
    found = Sector.objects.visible_to(member).select_related("project").filter(pk=pk).first()
    if found is None:
        raise Invalid(_("There is no such sector in this project."), code="not_found", field="sector")
    return found


def place_of(member: Member, pk: UUID | None) -> Queue | None:
    """Return the queue of the project that a body names as the place for open tickets. Raises Invalid."""
    if pk is None:
        return None
    found = Queue.objects.filter(sector__project=member.project, pk=pk).first()
    if found is None:
        raise Invalid(_("There is no such queue in this project."), code="not_found", field="move_to")
    return found


class Queues(ProjectView):
    """The queues of a project."""

    rules: ClassVar = {"GET": Member.may_use_chats, "POST": Member.may_configure_some_sector}

    @extend_schema(
        operation_id="queues_list", tags=["queues"], parameters=[QueuesQuery], responses=listed(QueueSerializer)
    )
    def get(self, request: Request, project: UUID) -> Response:
        """List the queues whose line you see, with their agents."""
        asked = checked(QueuesQuery, request.query_params)
        rows = queues_of(self.member).filter(archived_at__isnull=not asked.get("archived"))
        if sector := asked.get("sector"):
            rows = rows.filter(sector=sector)
        return page(self, rows, QueueSerializer, ("id",), prepare=add_statuses)

    @extend_schema(operation_id="queues_create", tags=["queues"], request=QueueNew, responses={201: QueueSerializer})
    def post(self, request: Request, project: UUID) -> Response:
        """Create a queue in a sector you look after."""
        data = checked(QueueNew, request.data)
        queue = operations.create_queue(
            sector_to_configure(self.member, data["sector"]),
            data["name"],
            by=self.actor,
            agents=people_of(self.member.project, data.get("agents", ()), "agents"),
            on_hold=data.get("on_hold", False),
            max_waiting=data.get("max_waiting"),
        )
        return shown(self.member, queue.pk, 201)


class OneQueue(ProjectView):
    """One queue."""

    rules: ClassVar = {"GET": Member.may_use_chats, "PATCH": Member.may_configure_some_sector}

    @extend_schema(operation_id="queues_read", tags=["queues"], responses=QueueSerializer)
    def get(self, request: Request, project: UUID, queue: UUID) -> Response:
        """Read a queue."""
        return shown(self.member, queue)

    @extend_schema(operation_id="queues_change", tags=["queues"], request=QueueChange, responses=QueueSerializer)
    def patch(self, request: Request, project: UUID, queue: UUID) -> Response:
        """Rename a queue, set who is on it, put it on hold. Waiting tickets go to added agents who are online."""
        found = queue_of(self.member, queue)
        data = checked(QueueChange, request.data)
        agents = people_of(self.member.project, data["agents"], "agents") if "agents" in data else None
        values: dict[str, Any] = {name: data[name] for name in ("on_hold", "max_waiting") if name in data}
        values |= {"name": data.get("name"), "agents": agents, "seen": data.get("modified_at")}
        operations.update_queue(found, by=self.actor, **values)
        return shown(self.member, queue)


class QueueArchive(ProjectView):
    """The end of a queue's work."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="queues_archive", tags=["queues"], request=QueueEnd, responses=QueueSerializer)
    def post(self, request: Request, project: UUID, queue: UUID) -> Response:
        """Archive a queue that is not the last of its sector; its open tickets go where you say, all at once."""
        found = queue_of(self.member, queue)
        place = place_of(self.member, checked(QueueEnd, request.data).get("move_to"))
        operations.archive_queue(found, by=self.actor, move_to=place)
        return shown(self.member, queue)


class QueuePlace(ProjectView):
    """A queue's place in its sector's list."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="queues_move", tags=["queues"], request=QueueMove, responses=QueueSerializer)
    def post(self, request: Request, project: UUID, queue: UUID) -> Response:
        """Move a queue up, down, first or last. Tickets for the sector go to the first that takes any."""
        found = queue_of(self.member, queue)
        operations.move_queue(found, checked(QueueMove, request.data)["step"], by=self.actor)
        return shown(self.member, queue)


class QueueRestore(ProjectView):
    """Its return."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="queues_restore", tags=["queues"], request=None, responses=QueueSerializer)
    def post(self, request: Request, project: UUID, queue: UUID) -> Response:
        """Bring an archived queue back."""
        operations.restore_queue(queue_of(self.member, queue), by=self.actor)
        return shown(self.member, queue)
