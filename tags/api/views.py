"""Tags: the operations of the pages, as JSON."""

from typing import ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, version_seen
from core.api.paging import page
from core.api.schema import ArchivedQuery, listed
from core.errors import Invalid
from core.ordering import STEPS
from orgs.access import Member
from orgs.api.base import ProjectView, checked
from sectors.models import Sector
from tags import operations
from tags.models import Color, Tag


class TagSerializer(serializers.Serializer):
    """A tag."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    sector = serializers.UUIDField(source="sector_id")
    description = serializers.CharField()
    color = serializers.CharField(help_text="Empty: none.")
    position = serializers.IntegerField()
    merged_into = serializers.UUIDField(source="merged_into_id", allow_null=True, help_text="Which took over.")
    closed_by_flow = serializers.BooleanField(help_text="The flow's own: people can't choose it.")
    archived_at = serializers.DateTimeField(allow_null=True)
    modified_at = serializers.DateTimeField()


class TagsQuery(ArchivedQuery):
    """Parameters of the list of tags."""

    sector = serializers.UUIDField(required=False, help_text="Only tags of this sector.")


class TagsNew(serializers.Serializer):
    """New tags of a sector."""

    sector = serializers.UUIDField()
    names = serializers.ListField(child=Text(max_length=1000), allow_empty=False, max_length=500)


class TagChange(serializers.Serializer):
    """What may change in a tag."""

    name = Text(max_length=1000, required=False)
    description = Text(max_length=1000, required=False, allow_blank=True)
    color = serializers.ChoiceField(Color.choices, required=False)
    modified_at = version_seen()


class TagMerged(serializers.Serializer):
    """The tag that takes over."""

    into = serializers.UUIDField()


class TagMove(serializers.Serializer):
    """Where a tag goes in its sector's list."""

    step = serializers.ChoiceField(STEPS)


class TagsOfSector(serializers.Serializer):
    """A sector whose tags are meant."""

    sector = serializers.UUIDField()


class TagsPasted(TagsOfSector):
    """A list of tags."""

    text = serializers.CharField(max_length=operations.LONGEST_LIST, trim_whitespace=False)


class TagsAdded(serializers.Serializer):
    """Tags."""

    results = TagSerializer(many=True)


class TagsImported(TagsAdded):
    """The tags that were added, and the names that were left out because they are there already."""

    left_out = serializers.ListField(child=serializers.CharField())


def sector_named(member: Member, pk: UUID) -> Sector:
    """Return the sector that a body names, if the member sees it. Raises Invalid."""
    found = Sector.objects.visible_to(member).select_related("project").filter(pk=pk).first()
    if found is None:
        raise Invalid(_("There is no such sector in this project."), code="not_found", field="sector")
    return found


def tag_of(member: Member, pk: UUID) -> Tag:
    """Return one tag the member sees. Raises Http404."""
    found = Tag.objects.visible_to(member).select_related("sector__project").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class Tags(ProjectView):
    """The tags of a project."""

    rules: ClassVar = {"GET": Member.may_use_chats, "POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_list", tags=["tags"], parameters=[TagsQuery], responses=listed(TagSerializer))
    def get(self, request: Request, project: UUID) -> Response:
        """List the tags of the sectors you see."""
        asked = checked(TagsQuery, request.query_params)
        rows = Tag.objects.visible_to(self.member).filter(archived_at__isnull=not asked.get("archived"))
        if sector := asked.get("sector"):
            rows = rows.filter(sector=sector)
        return page(self, rows, TagSerializer, ("id",))

    @extend_schema(operation_id="tags_add", tags=["tags"], request=TagsNew, responses={201: TagsAdded})
    def post(self, request: Request, project: UUID) -> Response:
        """Add tags to a sector, all or none."""
        data = checked(TagsNew, request.data)
        sector = sector_named(self.member, data["sector"])
        added = operations.add_tags(sector, data["names"], by=self.actor)
        return Response({"results": TagSerializer(added, many=True).data}, 201)


class OneTag(ProjectView):
    """One tag."""

    rules: ClassVar = {"GET": Member.may_use_chats, "PATCH": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_read", tags=["tags"], responses=TagSerializer)
    def get(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Read a tag."""
        return Response(TagSerializer(tag_of(self.member, tag)).data)

    @extend_schema(operation_id="tags_change", tags=["tags"], request=TagChange, responses=TagSerializer)
    def patch(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Change a tag's name, description or colour; history shows the new name."""
        found = tag_of(self.member, tag)
        data = checked(TagChange, request.data)
        seen = data.pop("modified_at", None)
        return Response(TagSerializer(operations.change_tag(found, by=self.actor, seen=seen, **data)).data)


class TagMerge(ProjectView):
    """Two tags that become one."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_merge", tags=["tags"], request=TagMerged, responses=TagSerializer)
    def post(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Merge a tag into another of its sector, for good: its tickets carry that one. Answers with it."""
        found = tag_of(self.member, tag)
        wanted = checked(TagMerged, request.data)["into"]
        into = Tag.objects.visible_to(self.member).filter(pk=wanted, sector=found.sector_id).first()
        if into is None:
            raise Invalid(_("There is no such tag in this sector."), code="not_found", field="into")
        return Response(TagSerializer(operations.merge_tags(found, into, by=self.actor)).data)


class TagPlace(ProjectView):
    """A tag's place in its sector's list."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_move", tags=["tags"], request=TagMove, responses=TagSerializer)
    def post(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Move a tag up, down, first or last."""
        operations.move_tag(tag_of(self.member, tag), checked(TagMove, request.data)["step"], by=self.actor)
        return Response(TagSerializer(tag_of(self.member, tag)).data)


class TagsByUse(ProjectView):
    """The order of a sector's tags."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_order_by_use", tags=["tags"], request=TagsOfSector, responses=TagsAdded)
    def post(self, request: Request, project: UUID) -> Response:
        """Put the tags of a sector in the order of their use in the last 90 days; answers with the first hundred."""
        sector = sector_named(self.member, checked(TagsOfSector, request.data)["sector"])
        operations.order_tags_by_use(sector, by=self.actor)
        first = Tag.objects.live().filter(sector=sector).order_by("position", "name", "pk")[:100]
        return Response({"results": TagSerializer(first, many=True).data})


class TagsImport(ProjectView):
    """Lists of tags as somebody has them."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_import", tags=["tags"], request=TagsPasted, responses={201: TagsImported})
    def post(self, request: Request, project: UUID) -> Response:
        """Add the tags of a list (one a line, or between commas) that the sector does not have yet."""
        data = checked(TagsPasted, request.data)
        sector = sector_named(self.member, data["sector"])
        added, left_out = operations.import_tags(sector, data["text"], by=self.actor)
        return Response({"results": TagSerializer(added, many=True).data, "left_out": left_out}, 201)


class TagArchive(ProjectView):
    """The end of a tag's choice."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_archive", tags=["tags"], request=None, responses=TagSerializer)
    def post(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Archive a tag that is not the last of its sector."""
        done = operations.archive_tag(tag_of(self.member, tag), by=self.actor)
        return Response(TagSerializer(done).data)


class TagRestore(ProjectView):
    """Its return."""

    rules: ClassVar = {"POST": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_restore", tags=["tags"], request=None, responses=TagSerializer)
    def post(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Bring an archived tag back."""
        done = operations.restore_tag(tag_of(self.member, tag), by=self.actor)
        return Response(TagSerializer(done).data)
