"""Tags: the operations of the pages, as JSON."""

from typing import ClassVar
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orgs.access import Member
from orgs.api.base import ProjectView, checked
from orgs.api.fields import Text
from orgs.api.paging import page
from orgs.api.schema import ArchivedQuery, listed
from orgs.errors import Invalid
from sectors.models import Sector
from tags import operations
from tags.models import Tag


class TagSerializer(serializers.Serializer):
    """A tag."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    sector = serializers.UUIDField(source="sector_id")
    position = serializers.IntegerField()
    closed_by_flow = serializers.BooleanField(help_text="The flow's own: people can't choose it.")
    archived_at = serializers.DateTimeField(allow_null=True)


class TagsQuery(ArchivedQuery):
    """Parameters of the list of tags."""

    sector = serializers.UUIDField(required=False, help_text="Only tags of this sector.")


class TagsNew(serializers.Serializer):
    """New tags of a sector."""

    sector = serializers.UUIDField()
    names = serializers.ListField(child=Text(max_length=1000), allow_empty=False, max_length=500)


class TagChange(serializers.Serializer):
    """What may change in a tag."""

    name = Text(max_length=1000)


class TagsAdded(serializers.Serializer):
    """The tags that were added."""

    results = TagSerializer(many=True)


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
        sector = Sector.objects.visible_to(self.member).select_related("project").filter(pk=data["sector"]).first()
        if sector is None:
            raise Invalid(_("There is no such sector in this project."), code="not_found", field="sector")
        added = operations.add_tags(sector, data["names"], by=self.actor)
        return Response({"results": TagSerializer(added, many=True).data}, 201)


class OneTag(ProjectView):
    """One tag."""

    rules: ClassVar = {"GET": Member.may_use_chats, "PATCH": Member.may_configure_some_sector}

    @extend_schema(operation_id="tags_read", tags=["tags"], responses=TagSerializer)
    def get(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Read a tag."""
        return Response(TagSerializer(tag_of(self.member, tag)).data)

    @extend_schema(operation_id="tags_rename", tags=["tags"], request=TagChange, responses=TagSerializer)
    def patch(self, request: Request, project: UUID, tag: UUID) -> Response:
        """Rename a tag; history shows the new name."""
        found = tag_of(self.member, tag)
        data = checked(TagChange, request.data)
        return Response(TagSerializer(operations.rename_tag(found, data["name"], by=self.actor)).data)


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
