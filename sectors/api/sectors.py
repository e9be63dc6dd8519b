"""Sectors: the operations of the pages, as JSON."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.paging import page
from core.api.schema import ArchivedQuery, listed
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import ProjectView, checked
from orgs.api.serializers import people_of
from sectors import operations
from sectors.hooks import queues_to_move_to as places
from sectors.models import Moment, Sector
from sectors.operations.automatic_messages import texts_of

from .serializers import AgentLimits, AutomaticMessages, SectorChange, SectorEnd, SectorMove, SectorSerializer

_NAMES = ("name", "timezone", "always_open", "ticket_limit", "active_messages")


def sectors_of(member: Member) -> Any:
    """Return the sectors the member sees, with all that is shown of them."""
    return Sector.objects.visible_to(member).with_readiness().prefetch_related("ranges", "exceptions", "managers")


def sector_of(member: Member, pk: UUID) -> Sector:
    """Return one sector the member sees. Raises Http404."""
    found = sectors_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def shown(member: Member, pk: UUID, status: int = 200) -> Response:
    """Return a sector as it is now."""
    return Response(SectorSerializer(sector_of(member, pk)).data, status)


def configured(member: Member, pk: UUID) -> Sector:
    """Return one sector that the member configures. Raises Http404."""
    found = Sector.objects.configurable_by(member).select_related("project__organization").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class Sectors(ProjectView):
    """The sectors of a project. (Making one takes queue and tags: ``setup.api``.)"""

    rules: ClassVar = {"GET": Member.may_use_chats}

    @extend_schema(
        operation_id="sectors_list", tags=["sectors"], parameters=[ArchivedQuery], responses=listed(SectorSerializer)
    )
    def get(self, request: Request, project: UUID) -> Response:
        """List the sectors you see: with work hours, managers and what is missing."""
        asked = checked(ArchivedQuery, request.query_params)
        rows = sectors_of(self.member).filter(archived_at__isnull=not asked.get("archived"))
        return page(self, rows, SectorSerializer, ("id",))


class OneSector(ProjectView):
    """One sector."""

    rules: ClassVar = {"GET": Member.may_use_chats, "PATCH": Member.may_configure_some_sector}

    @extend_schema(operation_id="sectors_read", tags=["sectors"], responses=SectorSerializer)
    def get(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Read a sector."""
        return shown(self.member, sector)

    @extend_schema(operation_id="sectors_change", tags=["sectors"], request=SectorChange, responses=SectorSerializer)
    def patch(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Change a sector. Appointing managers takes the right to create sectors."""
        found = sector_of(self.member, sector)
        data = checked(SectorChange, request.data)
        values: dict[str, Any] = {name: data[name] for name in _NAMES if name in data}
        if "managers" in data:
            values["managers"] = people_of(self.member.project, data["managers"], "managers")
        operations.update_sector(found, by=self.actor, week=data.get("week"), seen=data.get("modified_at"), **values)
        return shown(self.member, sector)


class SectorArchive(ProjectView):
    """The end of a sector's work."""

    rules: ClassVar = {"POST": Member.may_archive_sectors}

    @extend_schema(operation_id="sectors_archive", tags=["sectors"], request=SectorEnd, responses=SectorSerializer)
    def post(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Archive a sector: it takes no tickets any more, its history stays; open tickets go where you say, all at
        once. Twice is once."""
        found, place = sector_of(self.member, sector), None
        if pk := checked(SectorEnd, request.data).get("move_to"):
            place = places(self.member).filter(pk=pk).first()
            if place is None:
                raise Invalid(_("There is no such queue in this project."), code="not_found", field="move_to")
        operations.archive_sector(found, by=self.actor, move_to=place)
        return shown(self.member, sector)


class SectorPlace(ProjectView):
    """A sector's place in its project's list."""

    rules: ClassVar = {"POST": Member.may_create_sectors}

    @extend_schema(operation_id="sectors_move", tags=["sectors"], request=SectorMove, responses=SectorSerializer)
    def post(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Move a sector up, down, first or last."""
        found = sector_of(self.member, sector)
        operations.move_sector(found, checked(SectorMove, request.data)["step"], by=self.actor)
        return shown(self.member, sector)


class SectorLimits(ProjectView):
    """The agents who have a limit of their own in a sector."""

    rules: ClassVar = {"GET": Member.may_configure_some_sector, "PUT": Member.may_configure_some_sector}

    def _shown(self, sector: Sector) -> Response:
        sector.refresh_from_db(fields=["modified_at"])
        rows = sector.agent_limits.order_by("user__email")
        limits = [{"user": row.user_id, "ticket_limit": row.ticket_limit} for row in rows]
        return Response(AgentLimits({"limits": limits, "modified_at": sector.modified_at}).data)

    @extend_schema(operation_id="sectors_limits_read", tags=["sectors"], responses=AgentLimits)
    def get(self, request: Request, project: UUID, sector: UUID) -> Response:
        """List the agents whose limit of simultaneous tickets is not the sector's."""
        return self._shown(configured(self.member, sector))

    @extend_schema(operation_id="sectors_limits_set", tags=["sectors"], request=AgentLimits, responses=AgentLimits)
    def put(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Set all of them; whoever is left out has the sector's limit again."""
        found = configured(self.member, sector)
        data = checked(AgentLimits, request.data)
        given = {row["user"]: row["ticket_limit"] for row in data["limits"]}
        people = people_of(self.member.project, list(given), "limits")
        limits = {user: given[user.pk] for user in people}
        operations.set_agent_limits(found, limits, by=self.actor, seen=data.get("modified_at"))
        return self._shown(found)


class SectorAutomatic(ProjectView):
    """The automatic messages of a sector."""

    rules: ClassVar = {"GET": Member.may_configure_some_sector, "PATCH": Member.may_configure_some_sector}

    def _shown(self, sector: Sector) -> Response:
        texts = dict.fromkeys(Moment.values, "") | texts_of(sector)
        values = {"waiting_every": sector.waiting_every, "modified_at": sector.modified_at}
        return Response(AutomaticMessages({**texts, **values}).data)

    @extend_schema(operation_id="sectors_automatic_read", tags=["sectors"], responses=AutomaticMessages)
    def get(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Read what a sector writes to contacts by itself."""
        return self._shown(configured(self.member, sector))

    @extend_schema(
        operation_id="sectors_automatic_change",
        tags=["sectors"],
        request=AutomaticMessages,
        responses=AutomaticMessages,
    )
    def patch(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Change what a sector writes to contacts by itself; what is not named stays."""
        found = configured(self.member, sector)
        data = checked(AutomaticMessages, request.data)
        texts = {moment: data[moment] for moment in Moment.values if moment in data}
        minutes = {name: data[name] for name in ("waiting_every",) if name in data}
        operations.set_automatic_messages(found, texts, by=self.actor, seen=data.get("modified_at"), **minutes)
        return self._shown(configured(self.member, sector))


class SectorRestore(ProjectView):
    """Its return."""

    rules: ClassVar = {"POST": Member.may_archive_sectors}

    @extend_schema(operation_id="sectors_restore", tags=["sectors"], request=None, responses=SectorSerializer)
    def post(self, request: Request, project: UUID, sector: UUID) -> Response:
        """Bring an archived sector back."""
        operations.restore_sector(sector_of(self.member, sector), by=self.actor)
        return shown(self.member, sector)
