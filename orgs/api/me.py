"""REST API of the caller's own profile; tokens have none."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, ClassVar, cast

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from core import images
from core.api.fields import Text, YesNo
from core.api.parsing import AlwaysJson
from core.validation import max_length
from orgs import operations
from orgs.models import Theme, User

from .base import PeopleOnly, RestViewSet, checked


class MeSerializer(serializers.Serializer):
    """A person's own profile."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField(help_text="As it is shown.")
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    language = serializers.CharField(help_text="Empty: as the browser asks.")
    theme = serializers.ChoiceField(choices=Theme.values)
    sound = serializers.BooleanField(help_text="A sound on a new ticket or message.")
    browser_notifications = serializers.BooleanField()
    photo = serializers.SerializerMethodField(help_text="Address of the photo, for people who are signed in.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_photo(self, user: User) -> str | None:
        """Return where the photo is, None without one."""
        return reverse("orgs:photo", args=[user.pk, user.photo_name]) if user.photo else None


class MeChange(serializers.Serializer):
    """What may be changed; what is not sent stays."""

    first_name = Text(required=False, allow_blank=True, max_length=max_length(User, "first_name"))
    last_name = Text(required=False, allow_blank=True, max_length=max_length(User, "last_name"))
    language = serializers.ChoiceField(
        required=False, allow_blank=True, choices=[code for code, _name in settings.LANGUAGES]
    )
    theme = serializers.ChoiceField(required=False, choices=Theme.values)
    sound = YesNo(required=False)
    browser_notifications = YesNo(required=False)


@extend_schema(tags=["me"])
class MeViewSet(RestViewSet):
    """One's own profile."""

    rules: ClassVar = {"retrieve": PeopleOnly, "partial_update": PeopleOnly}
    serializer_class = MeSerializer

    @extend_schema(operation_id="me_read")
    def retrieve(self, request: Request) -> Response:
        """Read your profile. Tokens have none."""
        return self.answer(request.user)

    @extend_schema(operation_id="me_change", request=MeChange)
    def partial_update(self, request: Request) -> Response:
        """Change your name, language, theme or notifications."""
        operations.update_profile(cast(User, request.user), **checked(MeChange, request.data))
        return self.answer(request.user)


class PictureParser(BaseParser):
    """The raw body; its format is detected from its content, whatever the media type."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the body, up to one byte beyond the limit."""
        return BytesIO(stream.read(images.MAX_BYTES + 1))


class AnyBody(AlwaysJson):
    """Content negotiation that accepts any body and responds with JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]


@extend_schema(tags=["me"])
class MyPhotoViewSet(RestViewSet):
    """One's own photo."""

    rules: ClassVar = {"update": PeopleOnly, "destroy": PeopleOnly}
    serializer_class = MeSerializer
    parser_classes: Any = (PictureParser,)
    content_negotiation_class = AnyBody

    @extend_schema(operation_id="me_photo_set", request={"image/*": OpenApiTypes.BINARY})
    def update(self, request: Request) -> Response:
        """Set your photo: the body is a JPEG, PNG, WebP or GIF of up to 5 MB; its middle is cut out as a square."""
        body = request.data
        operations.set_photo(cast(User, request.user), body if isinstance(body, BytesIO) else BytesIO())
        return self.answer(request.user)

    @extend_schema(operation_id="me_photo_remove", request=None, responses={200: MeSerializer})
    def destroy(self, request: Request) -> Response:
        """Remove your photo; without one nothing happens."""
        operations.remove_photo(cast(User, request.user))
        return self.answer(request.user)
