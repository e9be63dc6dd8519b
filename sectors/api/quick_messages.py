"""REST API of quick messages, on the same operations as the pages."""

from typing import Any, ClassVar

from django.db.models import QuerySet, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import Text, YesNo, expected_version
from core.api.parsing import AlwaysJson
from core.api.routing import UUID_PATTERN
from core.api.schema import PageQuery, listed
from core.errors import Invalid
from core.tables import without_marks
from orgs.access import Member
from orgs.api.base import ProjectScopedViewSet, checked
from sectors import operations
from sectors.file_links import address_for_people, address_for_programs
from sectors.models import MAX_QUICK_FILES, QuickMessage, QuickMessageFile
from sectors.operations import NewFile, QuickText
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES
from sectors.quick_import import MAX_BYTES, MAX_COLUMNS, Columns, guess_columns, plan_import, read_rows

from .sectors import sector_named

#: How many rows that can't be added are named.
MAX_REFUSED = 50


class QuickMessageFileSerializer(serializers.Serializer):
    """A file that a quick message carries."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="Detected from the bytes.")
    size = serializers.IntegerField(help_text="In bytes.")
    url = serializers.SerializerMethodField(
        help_text="For programs a signed address, which ends after some days; for people that of the page."
    )

    def get_url(self, file: QuickMessageFile) -> str:
        request = self.context.get("request")
        if request is not None and request.auth is None:
            return address_for_people(file)
        return address_for_programs(file)


class QuickSerializer(serializers.Serializer):
    """A quick message: of a sector, or (``sector`` null) one's own."""

    id = serializers.UUIDField()
    sector = serializers.UUIDField(source="sector_id", allow_null=True)
    shortcut = serializers.CharField()
    text = serializers.CharField(help_text="Empty if it is files alone.")
    files = QuickMessageFileSerializer(many=True)
    modified_at = serializers.DateTimeField()


class QuickQuery(PageQuery):
    """Parameters of the list of quick messages."""

    sector = serializers.UUIDField(required=False, help_text="Only those of this sector.")


class QuickChange(serializers.Serializer):
    """What may change in a quick message; what is not named stays."""

    shortcut = Text(required=False, max_length=200)
    text = Text(
        required=False,
        allow_blank=True,
        max_length=10_000,
        trim_whitespace=False,
        help_text="Empty only if the message has files.",
    )
    modified_at = expected_version()


class QuickFiles(serializers.Serializer):
    """Files to add to a quick message."""

    files = serializers.ListField(child=serializers.FileField(), allow_empty=False, max_length=MAX_QUICK_FILES)


class FormBody(AlwaysJson):
    """Content negotiation for a form with files; the response is JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]


class QuickNew(serializers.Serializer):
    """A quick message to add."""

    shortcut = Text(max_length=200)
    text = Text(max_length=10_000, trim_whitespace=False)


class QuickNews(serializers.Serializer):
    """Quick messages to add, all or none."""

    sector = serializers.UUIDField(required=False, help_text="Left out: your own, which programs have none of.")
    messages = serializers.ListField(child=QuickNew(), allow_empty=False, max_length=MAX_QUICK_MESSAGES)
    replace = YesNo(required=False, help_text="Give shortcuts that are there already the new text.")


class QuickColumns(serializers.Serializer):
    """Which column of a table is what, from 0."""

    shortcut = serializers.IntegerField(min_value=0, max_value=MAX_COLUMNS - 1)
    text = serializers.IntegerField(min_value=0, max_value=MAX_COLUMNS - 1)
    has_heading = YesNo(help_text="Whether the first row has the names of the columns.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["shortcut"] == attrs["text"]:
            raise Invalid(_("Choose another column than the one with the shortcut."), field="columns")
        return attrs


class QuickFile(serializers.Serializer):
    """A table of quick messages."""

    sector = serializers.UUIDField(required=False, help_text="Left out: your own, which programs have none of.")
    content = Text(
        max_length=MAX_BYTES,
        trim_whitespace=False,
        help_text="CSV with any separator, a shortcut and a text in each row.",
    )
    columns = QuickColumns(required=False, help_text="Left out: as its heading or its form suggests.")


class QuickRow(serializers.Serializer):
    """A row of a table, and the message that it gives."""

    row = serializers.IntegerField(help_text="From 1.")
    shortcut = serializers.CharField(source="message.shortcut")
    text = serializers.CharField(source="message.text")


class QuickChangedRow(QuickRow):
    """A row that gives a shortcut another text."""

    before = serializers.CharField(source="before.text")


class QuickRefusedRow(serializers.Serializer):
    """A row that can't be added."""

    row = serializers.IntegerField(help_text="From 1.")
    shortcut = serializers.CharField(allow_blank=True)
    why = serializers.CharField()


class QuickPlan(serializers.Serializer):
    """What adding a table, with `replace`, does."""

    columns = QuickColumns()
    new = QuickRow(many=True)
    changed = QuickChangedRow(many=True)
    same = serializers.IntegerField(help_text="How many rows are there already as they are.")
    refused_count = serializers.IntegerField(help_text="How many rows can't be added.")
    refused = QuickRefusedRow(many=True, help_text=f"The first of them, at most {MAX_REFUSED}.")
    problem = serializers.CharField(allow_blank=True, help_text="Why nothing of it can be added.")


class QuickAdded(serializers.Serializer):
    """The quick messages that were added or replaced."""

    results = QuickSerializer(many=True)


@extend_schema(tags=["quick messages"])
class QuickMessageViewSet(ProjectScopedViewSet):
    """The quick messages of a project."""

    queries: ClassVar = {"list": QuickQuery}
    rules: ClassVar = dict.fromkeys(
        ("list", "create", "partial_update", "destroy", "read_file", "add_files", "remove_file"), Member.may_use_chats
    )
    serializer_class = QuickSerializer
    lookup_url_kwarg = "quick"

    def get_queryset(self) -> QuerySet[QuickMessage]:
        """Return the quick messages visible to the member: those of visible sectors, and their own."""
        rows = QuickMessage.objects.visible_to(self.member).prefetch_related("files")
        return rows.select_related("project__organization", "sector", "user")

    @extend_schema(operation_id="quick_messages_list", responses=listed(QuickSerializer))
    def list(self, request: Request, **kwargs: Any) -> Response:
        """List the quick messages you may insert or edit: your own, and those of the sectors you see."""
        rows = self.get_queryset()
        if sector := self.asked.get("sector"):
            rows = rows.filter(sector=sector)
        return self.page(rows)

    @extend_schema(operation_id="quick_messages_add", request=QuickNews, responses={201: QuickAdded})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Add quick messages to a sector or to your own, all or none."""
        data = checked(QuickNews, request.data)
        made = operations.add_quick_messages(
            self.member.project,
            [QuickText(message["shortcut"], message["text"]) for message in data["messages"]],
            by=self.actor,
            replace=data.get("replace", False),
            **self._owner(data),
        )
        prefetch_related_objects(made, "files")
        return Response(QuickAdded({"results": made}).data, 201)

    @extend_schema(operation_id="quick_messages_read_file", request=QuickFile, responses=QuickPlan)
    @action(detail=False, methods=["post"], url_path="read-file", url_name="file")
    def read_file(self, request: Request, **kwargs: Any) -> Response:
        """Read a table of quick messages, and say what adding it would do; nothing is stored."""
        data = checked(QuickFile, request.data)
        rows = read_rows(without_marks(data["content"]))
        columns = Columns(**data["columns"]) if "columns" in data else guess_columns(rows)[0]
        owned = QuickMessage.objects.filter(project=self.member.project, **self._owner(data))
        plan = plan_import(rows, columns, owned)
        answer = {
            "columns": {"shortcut": columns.shortcut, "text": columns.text, "has_heading": columns.has_heading},
            "new": plan.new,
            "changed": plan.changed,
            "same": len(plan.same),
            "refused_count": len(plan.refused),
            "refused": plan.refused[:MAX_REFUSED],
            "problem": str(plan.problem),
        }
        return Response(QuickPlan(answer).data)

    def _owner(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return whose messages a call is about. Raises Invalid, Http404."""
        if sector := data.get("sector"):
            return {"sector": sector_named(self.member, sector)}
        if self.actor.user is None:
            raise Invalid(_("Programs have no quick messages of their own. Name a sector."), field="sector")
        return {"user": self.actor.user}

    @extend_schema(operation_id="quick_messages_change", request=QuickChange)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change a quick message."""
        row = self.get_object()
        data = checked(QuickChange, request.data)
        to = QuickText(data.get("shortcut", row.shortcut), data.get("text", row.text))
        # Missing fields keep the values read: nobody may have saved since.
        version = data.get("expected_version", row.modified_at)
        return self.answer(operations.change_quick_message(row, to, by=self.actor, expected_version=version))

    @extend_schema(operation_id="quick_messages_remove", responses={200: QuickSerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove a quick message. Answers with what it was."""
        row = self.get_object()
        was = self.answer(row)
        operations.remove_quick_message(row, by=self.actor)
        return was

    @extend_schema(
        operation_id="quick_messages_add_files",
        request={"multipart/form-data": QuickFiles},
        responses={201: QuickSerializer},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="files",
        url_name="files",
        parser_classes=[MultiPartParser],
        content_negotiation_class=FormBody,
    )
    def add_files(self, request: Request, **kwargs: Any) -> Response:
        """Add files behind those a quick message has, all or none; the body is a form (multipart/form-data)."""
        row = self.get_object()
        files = [NewFile(file, file.name or "") for file in request.FILES.getlist("files")]
        if not files:
            raise Invalid(_("Choose a file first."), field="files")
        return self.answer(self._change_files(row, add=files), 201)

    @extend_schema(operation_id="quick_messages_remove_file", request=None, responses={200: QuickSerializer})
    @action(detail=True, methods=["delete"], url_path=f"files/(?P<quick_file>{UUID_PATTERN})", url_name="file")
    def remove_file(self, request: Request, quick_file: str, **kwargs: Any) -> Response:
        """Remove a file of a quick message; what was sent with it stays. One without a text keeps its last."""
        row = self.get_object()
        found = get_object_or_404(row.files, pk=quick_file)
        return self.answer(self._change_files(row, remove=[found.pk]))

    def _change_files(self, row: QuickMessage, **files: Any) -> QuickMessage:
        # Its text is the one read: nobody may have saved since.
        to = QuickText(row.shortcut, row.text)
        changed = operations.change_quick_message(row, to, by=self.actor, expected_version=row.modified_at, **files)
        return self.get_queryset().get(pk=changed.pk)
