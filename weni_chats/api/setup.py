"""The set-up checklist and the test ticket that ends it, as JSON."""

from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.access import Member
from orgs.api.base import ProjectView, checked
from orgs.errors import Invalid
from sectors.models import Sector
from tickets.api.rest.serializers import TicketSerializer
from tickets.api.rest.views import add_positions, ticket_of
from tickets.operations import open_test_ticket
from weni_chats.setup import checklist


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
