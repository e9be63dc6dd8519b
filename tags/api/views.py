"""REST API of tags, on the same operations as the pages."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, expected_version
from core.api.schema import ArchivedQuery, listed
from core.errors import Invalid
from core.ordering import STEPS
from core.text import by_name
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from sectors.api.sectors import sector_named
from tags import operations
from tags.models import Color, Tag, TagQuerySet


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
    modified_at = expected_version()


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


@extend_schema(tags=["tags"])
class TagViewSet(ProjectScopedViewSet):
    """The tags of a project."""

    queries: ClassVar = {"list": TagsQuery}
    rules: ClassVar = dict.fromkeys(("list", "retrieve"), Member.may_use_chats) | dict.fromkeys(
        ("create", "partial_update", "merge", "move", "by_use", "import_tags", "archive", "restore"),
        Member.may_configure_some_sector,
    )
    serializer_class = TagSerializer
    lookup_url_kwarg = "tag"

    def get_queryset(self) -> TagQuerySet:
        return Tag.objects.visible_to(self.member).select_related("sector__project")

    @extend_schema(operation_id="tags_list", responses=listed(TagSerializer))
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the tags of the sectors you see."""
        asked = self.asked
        rows = self.get_queryset().filter(archived_at__isnull=not asked.get("archived"))
        if sector := asked.get("sector"):
            rows = rows.filter(sector=sector)
        return self.page(rows)

    @extend_schema(operation_id="tags_add", request=TagsNew, responses={201: TagsAdded})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add tags to a sector, all or none."""
        data = checked(TagsNew, request.data)
        added = operations.add_tags(sector_named(self.member, data["sector"]), data["names"], by=self.actor)
        return Response(TagsAdded({"results": added}).data, 201)

    @extend_schema(operation_id="tags_read")
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """Read a tag."""
        return self.answer(self.get_object())

    @extend_schema(operation_id="tags_change", request=TagChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change a tag's name, description or colour; history shows the new name."""
        found = self.get_object()
        return self.answer(operations.change_tag(found, by=self.actor, **checked(TagChange, request.data)))

    @extend_schema(operation_id="tags_merge", request=TagMerged)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, **kwargs: Any) -> Response:
        """Merge a tag into another of its sector, for good: its tickets carry that one. Answers with it."""
        found = self.get_object()
        wanted = checked(TagMerged, request.data)["into"]
        into = self.get_queryset().filter(pk=wanted, sector=found.sector_id).first()
        if into is None:
            raise Invalid(_("There is no such tag in this sector."), code="not_found", field="into")
        return self.answer(operations.merge_tags(found, into, by=self.actor))

    @extend_schema(operation_id="tags_move", request=TagMove)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, **kwargs: Any) -> Response:
        """Move a tag up, down, first or last."""
        operations.move_tag(self.get_object(), checked(TagMove, request.data)["step"], by=self.actor)
        return self.answer(self.get_object())

    @extend_schema(operation_id="tags_order_by_use", request=TagsOfSector, responses=TagsAdded)
    @action(detail=False, methods=["post"], url_path="by-use", url_name="by_use")
    def by_use(self, request: Request, **kwargs: Any) -> Response:
        """Put the tags of a sector in the order of their use in the last 90 days; answers with the first hundred."""
        sector = sector_named(self.member, checked(TagsOfSector, request.data)["sector"])
        operations.order_tags_by_use(sector, by=self.actor)
        first = Tag.objects.live().filter(sector=sector).order_by("position", *by_name())[:100]
        return Response(TagsAdded({"results": first}).data)

    @extend_schema(operation_id="tags_import", request=TagsPasted, responses={201: TagsImported})
    @action(detail=False, methods=["post"], url_path="import", url_name="import")
    def import_tags(self, request: Request, **kwargs: Any) -> Response:
        """Add the tags of a list (one a line, or between commas) that the sector does not have yet."""
        data = checked(TagsPasted, request.data)
        sector = sector_named(self.member, data["sector"])
        added, left_out = operations.import_tags(sector, data["text"], by=self.actor)
        return Response(TagsImported({"results": added, "left_out": left_out}).data, 201)

    @extend_schema(operation_id="tags_archive", request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, **kwargs: Any) -> Response:
        """Archive a tag that is not the last of its sector."""
        return self.answer(operations.archive_tag(self.get_object(), by=self.actor))

    @extend_schema(operation_id="tags_restore", request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Bring an archived tag back."""
        return self.answer(operations.restore_tag(self.get_object(), by=self.actor))
