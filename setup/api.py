"""The set-up checklist and the test ticket that ends it, as JSON."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import ProjectView, checked
from orgs.api.serializers import people_of
from sectors.api import sectors
from sectors.api.serializers import SectorNew, SectorSerializer
from sectors.models import Sector
from setup import checklist
from setup.operations import copy_sector, set_up_sector
from tickets.api.rest.serializers import TicketSerializer
from tickets.api.rest.views import add_positions, ticket_of
from tickets.operations import open_test_ticket


class StepSerializer(serializers.Serializer):
    """A step of setting a project up."""

    code = serializers.ChoiceField(["members", "sector", "queue", "tags", "connect"])
    title = serializers.CharField()
    text = serializers.CharField(help_text="What is there, or missing.")
    done = serializers.BooleanField()


class SetUpSerializer(serializers.Serializer):
    """How far a project is set up."""

    done = serializers.BooleanField(help_text="Whether every step is.")
    steps = StepSerializer(many=True)


class TestTicketNew(serializers.Serializer):
    """Where to open a test ticket."""

    sector = serializers.UUIDField()


class SetUp(ProjectView):
    """The set-up checklist of a project."""

    rules: ClassVar = {"GET": Member.may_create_sectors}

    @extend_schema(operation_id="set_up_read", tags=["projects"], responses=SetUpSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        """Say what a project still needs, measured from what is there."""
        found = checklist.measure(self.member)
        return Response(SetUpSerializer({"done": found.next is None, "steps": found.steps}).data)


class TestTickets(ProjectView):
    """Tickets of a made-up contact."""

    rules: ClassVar = {"POST": Member.may_connect_flow}

    @extend_schema(
        operation_id="test_tickets_open", tags=["projects"], request=TestTicketNew, responses={201: TicketSerializer}
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Open a test ticket in a sector, as a flow would: hours and routing hold. Answers with where it went."""
        wanted = checked(TestTicketNew, request.data)["sector"]
        sector = Sector.objects.visible_to(self.member).filter(pk=wanted).first()
        if sector is None:
            raise Invalid(_("There is no such sector in this project."), code="not_found", field="sector")
        opened = ticket_of(self.member, open_test_ticket(self.member, sector, by=self.actor).pk)
        add_positions([opened])
        return Response(TicketSerializer(opened).data, 201)


class Sectors(sectors.Sectors):
    """The sectors of a project; a new one comes with its first queue and its tags."""

    rules: ClassVar = {"POST": Member.may_create_sectors}

    @extend_schema(
        operation_id="sectors_create", tags=["sectors"], request=SectorNew, responses={201: SectorSerializer}
    )
    def post(self, request: Request, project: UUID) -> Response:
        """Create a sector with its first queue and its tags, all or nothing."""
        data = checked(SectorNew, request.data)
        values: dict[str, Any] = {
            name: data[name]
            for name in ("week", "always_open", "ticket_limit", "active_messages", "tags")
            if name in data
        }
        sector = set_up_sector(
            self.member.project,
            data["name"],
            by=self.actor,
            first_queue=data["queue"],
            timezone_name=data.get("timezone", "UTC"),
            agents=people_of(self.member.project, data.get("agents", ()), "agents"),
            managers=people_of(self.member.project, data.get("managers", ()), "managers"),
            **values,
        )
        return sectors.shown(self.member, sector.pk, 201)


class SectorCopied(serializers.Serializer):
    """What a copy of a sector is called and takes over."""

    name = Text(max_length=1000)
    agents = YesNo(required=False, help_text="Put the queues' agents on the copies, with their own limits.")
    managers = YesNo(required=False, help_text="Appoint the managers too.")


class SectorCopy(ProjectView):
    """A sector as the pattern of another one."""

    rules: ClassVar = {"POST": Member.may_create_sectors}

    @extend_schema(
        operation_id="sectors_copy", tags=["sectors"], request=SectorCopied, responses={201: SectorSerializer}
    )
    def post(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Copy a sector with its work hours, special days, queues, tags and messages, all or nothing. What is
        archived is not copied."""
        source = sectors.sector_of(self.member, sector)
        data = checked(SectorCopied, request.data)
        copy = copy_sector(
            source,
            data["name"],
            by=self.actor,
            with_agents=data.get("agents", False),
            with_managers=data.get("managers", False),
        )
        return sectors.shown(self.member, copy.pk, 201)
