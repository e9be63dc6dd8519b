"""The OpenAPI schema: authentication, and the errors any operation can return."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema_serializer, inline_serializer
from rest_framework import serializers

from .errors import SHAPES, shape_of

#: Errors that any operation may return; those with a body add more.
_ALWAYS = {"401": "Not signed in, or the token is not valid", "403": "Not allowed, or the token lacks the scope"}
#: The schema of an error, for operations that name a status themselves.
ERROR = {"$ref": "#/components/schemas/Error"}
_WITH_ADDRESS = {"404": "Not there, or out of reach"}
_WITH_CHANGE = {"400": "Refused: the code says why", "409": "Somebody else was faster"}
_WITH_BODY = {
    "413": "The body is too large",
    "415": "The body is not JSON",
}
_DONE = {"200": "Done", "201": "Made"}
_WITH_QUERY = {"400": "A parameter is wrong"}


class Schema(AutoSchema):
    """Describes the query parameters that a viewset states in ``queries`` (``orgs.api.base``), which are those it
    takes."""

    def get_override_parameters(self) -> list[Any]:
        """Return the action's parameters."""
        queries: Any = getattr(self.view, "queries_stated", dict)()
        query = queries.get(getattr(self.view, "action", ""))
        return [query] if query is not None else []


class TokenScheme(OpenApiAuthenticationExtension):
    """``Authorization: Bearer <token>``."""

    target_class = "orgs.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API token of a project or organization."}


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular hook: add the common errors to every operation."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = {
        "type": "object",
        "description": "What every refusal says.",
        "properties": {
            "detail": {"type": "string", "description": "A sentence for people."},
            "code": {"type": "string", "description": "Stable, for programs."},
            "errors": {
                "type": "object",
                "description": "Sentences by field, where fields are wrong.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "errors_left_out": {"type": "integer", "description": "How many more there are, where they are many."},
        },
        "required": ["detail", "code"],
    }
    schemas |= {shape.name: shape.schema for shape in SHAPES.values()}
    for path, methods in result.get("paths", {}).items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                answer["description"] = answer.get("description") or _DONE.get(status, "Done")
            for status, description in _refusals(path, method, operation).items():
                operation["responses"].setdefault(status, _answer(path, description))
    return result


def _refusals(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, str]:
    found = dict(_ALWAYS)
    if method != "get":
        found |= _WITH_CHANGE
    if "{" in path or "requestBody" in operation:
        found |= _WITH_ADDRESS
    if "requestBody" in operation:
        found |= _WITH_BODY
    elif any(p.get("in") == "query" for p in operation.get("parameters", ())):
        found |= _WITH_QUERY
    return found


def _answer(path: str, description: str) -> dict[str, Any]:
    shape = shape_of(path)
    schema = {"$ref": f"#/components/schemas/{shape.name if shape else 'Error'}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@cache
def listed(kind: type[serializers.Serializer]) -> Any:
    """Return the schema of a page of a list: the same component for every list of this kind."""
    name = kind.__name__.removesuffix("Serializer")
    page = inline_serializer(
        f"{name}Page",
        {
            "next": serializers.URLField(allow_null=True, help_text="The following page."),
            "previous": serializers.URLField(allow_null=True, help_text="The page before."),
            "results": kind(many=True),
        },
    )
    # A page is one object, although it is the response of a list action.
    extend_schema_serializer(many=False)(type(page))
    return page


class PageQuery(serializers.Serializer):
    """Parameters of every list."""

    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, help_text="Rows of a page (50).")
    cursor = serializers.CharField(required=False, help_text="As `next` and `previous` give it.")


class ArchivedQuery(PageQuery):
    """Parameters of lists of things that can be archived."""

    archived = serializers.BooleanField(required=False, help_text="Only archived ones; else only live ones.")
