"""Converts the OpenAPI description into what the reference page shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Groups in the order of the page: an operation's tag, its title, an introduction.
_GROUPS: tuple[tuple[str, str | Promise, str | Promise], ...] = (
    ("me", _("Profile"), _("Of the person who calls; tokens have none.")),
    ("organizations", _("Organizations"), _("The organizations within your reach.")),
    ("projects", _("Projects"), _("The projects within your reach.")),
    (
        "members",
        _("Members and invitations"),
        _("People of organizations and projects: add them by e-mail, give roles, remove them."),
    ),
    (
        "tokens",
        _("API tokens"),
        _("Keys for programs; the secret is in the answer that makes one, and nowhere else."),
    ),
    ("audit", _("Audit log"), _("Who changed what, when, from where.")),
    ("sectors", _("Sectors"), _("Departments with work hours, managers and limits.")),
    (
        "configuration",
        _("Configuration as a file"),
        _("A project’s setup as YAML: export it, see what a file would change, take it over."),
    ),
    ("quick messages", _("Quick messages"), _("Texts that agents insert with a slash and a shortcut.")),
    ("queues", _("Queues"), _("Queues of a sector, with their agents.")),
    ("tags", _("Tags"), _("What a closed ticket was about.")),
    ("tickets", _("Tickets"), _("Tickets: list, read, close.")),
    ("flow", _("Flow engine"), _("The surface of the flow engine's ticket service; it says room for ticket.")),
    ("generic", _("Flow engine, type generic"), _("The surface of the flow engine's generic ticket service.")),
)
_DEEPEST = 6


@dataclass(frozen=True)
class Field:
    """A property of a body or a parameter; ``depth`` is its nesting level."""

    name: str
    kind: str
    help: str
    required: bool
    depth: int = 0


@dataclass(frozen=True)
class Answer:
    """A response: its status, its meaning, and its properties unless it is an error."""

    status: str
    description: str
    refusal: bool
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Operation:
    """An operation of the API."""

    anchor: str
    method: str
    path: str
    description: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]

    @property
    def short(self) -> str:
        """The path without the prefix shared by the group."""
        for shared in ("/api/v1/projects/{project}", "/api/v1", "/v1/external", "/v1/generic/{place}"):
            if self.path.startswith(shared) and self.path != shared + "/":
                return self.path.removeprefix(shared)
        return self.path

    @property
    def refusals(self) -> list[Answer]:
        """The error responses."""
        return [answer for answer in self.answers if answer.refusal]

    @property
    def successes(self) -> list[Answer]:
        """The other responses."""
        return [answer for answer in self.answers if not answer.refusal]


@dataclass
class Group:
    """Operations on one resource."""

    key: str
    title: str | Promise
    text: str | Promise
    operations: list[Operation] = field(default_factory=list)


def groups_of(schema: dict[str, Any]) -> list[Group]:
    """Return the operations of an OpenAPI description, by group, in the order of their paths."""
    groups = {key: Group(key, title, text) for key, title, text in _GROUPS}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].operations.append(_operation(schema, path, method, operation))
    return [group for group in groups.values() if group.operations]


def _operation(schema: dict[str, Any], path: str, method: str, raw: dict[str, Any]) -> Operation:
    body = _content(raw.get("requestBody", {}))
    return Operation(
        anchor=raw["operationId"],
        method=method.upper(),
        path=path,
        description=raw.get("description", ""),
        parameters=tuple(
            Field(p["name"], _kind(schema, p["schema"]), p.get("description", ""), p.get("required", False))
            for p in raw.get("parameters", ())
            if p["in"] == "query"
        ),
        body=tuple(_fields(schema, body)) if body else (),
        answers=tuple(_answer(schema, status, answer) for status, answer in sorted(raw["responses"].items())),
    )


def _answer(schema: dict[str, Any], status: str, raw: dict[str, Any]) -> Answer:
    refusal = int(status) >= 400
    content = _content(raw)
    fields = tuple(_fields(schema, content)) if content and not refusal else ()
    return Answer(status, raw.get("description", ""), refusal, fields)


def _content(raw: dict[str, Any]) -> dict[str, Any] | None:
    return raw.get("content", {}).get("application/json", {}).get("schema")


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Resolve the part's ``$ref``; keys next to the reference take precedence."""
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[-1]
        return {**schema["components"]["schemas"][name], **{k: v for k, v in part.items() if k != "$ref"}}
    merged = part
    for inner in part.get("allOf", ()):
        merged = {**_resolved(schema, inner), **{k: v for k, v in merged.items() if k != "allOf"}}
    return merged


def _fields(schema: dict[str, Any], part: dict[str, Any], depth: int = 0) -> Iterator[Field]:
    """Yield the properties of an object (or of a list's items), each followed by its nested ones."""
    part = _resolved(schema, part)
    if part.get("type") == "array":
        yield from _fields(schema, part["items"], depth)
        return
    required = set(part.get("required", ()))
    for name, inner in part.get("properties", {}).items():
        shown = _resolved(schema, inner)
        yield Field(name, _kind(schema, inner), inner.get("description", ""), name in required, depth)
        if depth < _DEEPEST:
            yield from _fields(schema, shown, depth + 1)


def _kind(schema: dict[str, Any], part: dict[str, Any]) -> str:
    """Return a short name of a type: text, uuid, list of object, one of a, b."""
    part = _resolved(schema, part)
    choices = _choices(schema, part)
    if choices:
        return " | ".join(choices)
    kind = part.get("type", "any")
    if kind == "array":
        return f"[{_kind(schema, part['items'])}]"
    if part.get("format") and kind == "string":
        kind = str(part["format"])
    return f"{kind} | null" if part.get("nullable") else str(kind)


def _choices(schema: dict[str, Any], part: dict[str, Any]) -> list[str]:
    """Return the values of an enum, including all parts of a ``oneOf``."""
    if "enum" in part:
        return [str(value) if value not in ("", None) else '""' for value in part["enum"]]
    found: list[str] = []
    for inner in part.get("oneOf", ()):
        found += _choices(schema, _resolved(schema, inner))
    return found
