"""REST API of sectors, on the same operations as the pages."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.schema import ArchivedQuery, listed
from core.errors import Invalid
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from orgs.api.serializers import people_of
from sectors import operations
from sectors.hooks import queues_to_move_to as places
from sectors.models import Moment, Sector
from sectors.querysets import SectorQuerySet

from .serializers import AgentLimits, AutomaticMessages, SectorChange, SectorEnd, SectorMove, SectorSerializer


def sectors_of(member: Member) -> SectorQuerySet:
    """Return the sectors visible to the member, with everything that the serializer needs."""
    return Sector.objects.visible_to(member).with_readiness().prefetch_related("ranges", "exceptions", "managers")


def sector_of(member: Member, pk: UUID) -> Sector:
    """Return a sector visible to the member. Raises Http404."""
    return get_object_or_404(sectors_of(member), pk=pk)


def sector_named(member: Member, pk: UUID) -> Sector:
    """Return the sector that a request names, if the member may see it. Raises Invalid."""
    found = Sector.objects.visible_to(member).select_related("project").filter(pk=pk).first()
    if found is None:
        raise Invalid(_("There is no such sector in this project."), code="not_found", field="sector")
    return found


def configured(member: Member, pk: UUID) -> Sector:
    """Return a sector that the member may configure. Raises Http404."""
    rows = Sector.objects.configurable_by(member).select_related("project__organization")
    return get_object_or_404(rows, pk=pk)


@extend_schema(tags=["sectors"])
class SectorViewSet(ProjectScopedViewSet):
    """The sectors of a project. (Making one takes queue and tags: ``setup.api``.)"""

    queries: ClassVar = {"list": ArchivedQuery}
    rules: ClassVar = (
        dict.fromkeys(("list", "retrieve"), Member.may_use_chats)
        | dict.fromkeys(
            ("partial_update", "limits", "set_limits", "automatic", "change_automatic"),
            Member.may_configure_some_sector,
        )
        | dict.fromkeys(("archive", "restore"), Member.may_archive_sectors)
        | {"move": Member.may_create_sectors}
    )
    serializer_class = SectorSerializer
    lookup_url_kwarg = "sector"

    def get_queryset(self) -> SectorQuerySet:
        return sectors_of(self.member)

    def shown(self, pk: UUID, status: int = 200) -> Response:
        """Return the sector's current state."""
        return self.answer(sector_of(self.member, pk), status)

    @extend_schema(operation_id="sectors_list", responses=listed(SectorSerializer))
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the sectors you see: with work hours, managers and what is missing."""
        asked = self.asked
        return self.page(self.get_queryset().filter(archived_at__isnull=not asked.get("archived")))

    @extend_schema(operation_id="sectors_read")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Read a sector."""
        return self.answer(self.get_object())

    @extend_schema(operation_id="sectors_change", request=SectorChange)
    def partial_update(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Change a sector. Appointing managers takes the right to create sectors."""
        found = self.get_object()
        data = checked(SectorChange, request.data)
        if "managers" in data:
            data["managers"] = people_of(self.member.project, data["managers"], "managers")
        operations.update_sector(found, by=self.actor, **data)
        return self.shown(sector)

    @extend_schema(operation_id="sectors_archive", request=SectorEnd)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Archive a sector: it takes no tickets any more, its history stays; open tickets go where you say, all at
        once. Twice is once."""
        found, place = self.get_object(), None
        if pk := checked(SectorEnd, request.data).get("move_to"):
            place = places(self.member).filter(pk=pk).first()
            if place is None:
                raise Invalid(_("There is no such queue in this project."), code="not_found", field="move_to")
        operations.archive_sector(found, by=self.actor, move_to=place)
        return self.shown(sector)

    @extend_schema(operation_id="sectors_restore", request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Bring an archived sector back."""
        operations.restore_sector(self.get_object(), by=self.actor)
        return self.shown(sector)

    @extend_schema(operation_id="sectors_move", request=SectorMove)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Move a sector up, down, first or last."""
        operations.move_sector(self.get_object(), checked(SectorMove, request.data)["step"], by=self.actor)
        return self.shown(sector)

    @extend_schema(operation_id="sectors_limits_read")
    @action(detail=True, url_path="agent-limits", serializer_class=AgentLimits)
    def limits(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """List the agents whose limit of simultaneous tickets is not the sector's."""
        return self.answer(configured(self.member, sector))

    @extend_schema(operation_id="sectors_limits_set")
    @limits.mapping.put
    def set_limits(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Set all of them; people left out have the sector's limit again."""
        found = configured(self.member, sector)
        data = checked(AgentLimits, request.data)
        given = {row["user"]: row["ticket_limit"] for row in data["limits"]}
        people = people_of(self.member.project, [*given], "limits")
        limits = {user: given[user.pk] for user in people}
        operations.set_agent_limits(found, limits, by=self.actor, expected_version=data.get("expected_version"))
        return self.answer(configured(self.member, sector))

    @extend_schema(operation_id="sectors_automatic_read")
    @action(detail=True, url_path="automatic-messages", serializer_class=AutomaticMessages)
    def automatic(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Read what a sector writes to contacts by itself."""
        return self.answer(configured(self.member, sector))

    @extend_schema(operation_id="sectors_automatic_change")
    @automatic.mapping.patch
    def change_automatic(self, request: Request, sector: UUID, **kwargs: Any) -> Response:
        """Change what a sector writes to contacts by itself; what is not named stays."""
        found = configured(self.member, sector)
        data = checked(AutomaticMessages, request.data)
        texts = {moment: data.pop(moment) for moment in Moment.values if moment in data}
        operations.set_automatic_messages(found, texts, by=self.actor, **data)
        return self.answer(configured(self.member, sector))
