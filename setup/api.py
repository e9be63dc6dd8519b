"""REST API of the set-up checklist, test tickets, and creating sectors."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from orgs.api.serializers import people_of
from sectors.api import sectors
from sectors.api.sectors import sector_named
from sectors.api.serializers import SectorNew, SectorSerializer
from setup import checklist
from setup.operations import copy_sector, set_up_sector
from tickets.api.rest.serializers import TicketSerializer
from tickets.api.rest.views import read_ticket
from tickets.operations import open_test_ticket


class StepSerializer(serializers.Serializer):
    """A step of setting a project up."""

    code = serializers.ChoiceField(["members", "sector", "queue", "tags", "connect"])
    title = serializers.CharField()
    text = serializers.CharField(help_text="What is there, or missing.")
    done = serializers.BooleanField()


class SetUpSerializer(serializers.Serializer):
    """How far a project is set up."""

    done = serializers.BooleanField(source="is_done", help_text="Whether every step is.")
    steps = StepSerializer(many=True)


class TestTicketNew(serializers.Serializer):
    """Where to open a test ticket."""

    sector = serializers.UUIDField()


class SectorCopied(serializers.Serializer):
    """What a copy of a sector is called and takes over."""

    name = Text(max_length=1000)
    agents = YesNo(required=False, help_text="Put the queues' agents on the copies, with their own limits.")
    managers = YesNo(required=False, help_text="Appoint the managers too.")


@extend_schema(tags=["projects"])
class SetUpViewSet(ProjectScopedViewSet):
    """The set-up checklist of a project."""

    rules: ClassVar = {"retrieve": Member.may_create_sectors}
    serializer_class = SetUpSerializer

    @extend_schema(operation_id="set_up_read")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Say what a project still needs, measured from what is there."""
        return self.answer(checklist.checklist_of(self.member))


@extend_schema(tags=["projects"])
class TestTicketViewSet(ProjectScopedViewSet):
    """Tickets of a made-up contact."""

    rules: ClassVar = {"create": Member.may_connect_flow}
    serializer_class = TicketSerializer

    @extend_schema(operation_id="test_tickets_open", request=TestTicketNew)
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Open a test ticket in a sector, as a flow would: hours and routing hold. Answers with where it went."""
        sector = sector_named(self.member, checked(TestTicketNew, request.data)["sector"])
        opened = open_test_ticket(self.member, sector, by=self.actor)
        return self.answer(read_ticket(self.member, opened.pk), 201)


@extend_schema(tags=["sectors"])
class SectorViewSet(sectors.SectorViewSet):
    """The sectors of a project; a new one comes with its first queue and its tags."""

    rules: ClassVar = {"create": Member.may_create_sectors, "copy": Member.may_create_sectors}

    @extend_schema(operation_id="sectors_create", request=SectorNew)
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Create a sector with its first queue and its tags, all or nothing."""
        data = checked(SectorNew, request.data)
        for field in ("agents", "managers"):
            data[field] = people_of(self.member.project, data.get(field, ()), field)
        sector = set_up_sector(
            self.member.project,
            by=self.actor,
            first_queue=data.pop("queue"),
            timezone_name=data.pop("timezone", "UTC"),
            **data,
        )
        return self.shown(sector.pk, 201)

    @extend_schema(operation_id="sectors_copy", request=SectorCopied, responses={201: SectorSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, **kwargs: Any) -> Response:
        """Copy a sector with its work hours, special days, queues, tags and messages, all or nothing. What is
        archived is not copied."""
        source = self.get_object()
        data = checked(SectorCopied, request.data)
        copy = copy_sector(
            source,
            data["name"],
            by=self.actor,
            with_agents=data.get("agents", False),
            with_managers=data.get("managers", False),
        )
        return self.shown(copy.pk, 201)
