"""What takes several apps at once, and the description of it all."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.access import Member
from orgs.api.base import ProjectView, checked
from orgs.api.fields import Text, YesNo
from orgs.api.people import people_of
from sectors.api import views as sectors
from sectors.api.serializers import SectorNew, SectorSerializer
from weni_chats.setup.copying import copy_sector
from weni_chats.setup.operations import set_up_sector


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
