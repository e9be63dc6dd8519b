"""What takes several apps at once, and the description of it all."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.access import Member
from orgs.api.base import checked
from orgs.api.people import people_of
from sectors.api import views as sectors
from sectors.api.serializers import SectorNew, SectorSerializer
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
