"""The APIs' OpenAPI description, and the reference page made from it."""

from functools import cache, lru_cache
from threading import Lock
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import core.api.schema  # noqa: F401 - tells drf-spectacular of the tokens
from core.addresses import origin
from orgs.access import public
from orgs.api.base import Anyone, ApiViewSet

from .reference import groups_of

# The generator imports and registers as it goes, which two threads can't do at a time.
_GENERATING = Lock()


@cache
def _generated() -> dict[str, Any]:
    with translation.override("en"):
        return SchemaGenerator(urlconf="weni_chats.api.urls").get_schema(request=None, public=True)


def schema() -> dict[str, Any]:
    """Return the OpenAPI description, generated once per process, by the first who asks."""
    with _GENERATING:
        return _generated()


class SchemaViewSet(ApiViewSet):
    """``/api/schema/``"""

    authentication_classes = ()
    rules: ClassVar = {"retrieve": Anyone}

    @extend_schema(exclude=True)
    def retrieve(self, request: Request) -> Response:
        """Return the OpenAPI description."""
        return Response(schema())


@lru_cache(maxsize=12)
def _reference(language: str, base: str) -> SafeString:
    """Return the user-independent part of the page in the active language, which must be ``language``.

    Cached per language and base URL, since it is long.
    """
    return render_to_string("api/_reference.html", {"groups": groups_of(schema()), "origin": base})


@public
def docs(request: HttpRequest) -> HttpResponse:
    """Show the reference: every operation with its parameters, responses and errors."""
    reference = _reference(translation.get_language() or "en", origin())
    return render(request, "api/docs.html", {"reference": reference})
