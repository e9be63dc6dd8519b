"""What one organization of the engine has: its flows, contacts, and starts, as its public API shows them."""

import itertools
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .handler import Ticket
from .wenichats import Contact

#: What a list and the parameters of a start may have.
MAX_ITEMS, MAX_PARAMS = 100, 10_000
_NUMERIC = {"facebook", "instagram", "telegram", "twitterid", "vk", "whatsapp"}
_SCHEMES = {*_NUMERIC, "discord", "ext", "line", "mailto", "slack", "teams", "tel", "twitter", "viber", "webchat"}
_numbers = itertools.count(1)


@dataclass(kw_only=True)
class Row:
    """What is listed, newest first."""

    number: int = field(default_factory=lambda: next(_numbers))
    created_on: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z")


@dataclass
class Flow(Row):
    """A flow that sends some messages and opens a ticket; a message is its text or ``send_msg``'s members."""

    name: str
    messages: list[dict[str, Any]]
    type: str = "message"
    archived: bool = False
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def as_json(self) -> dict[str, Any]:
        """Return what a list says of it."""
        runs = dict.fromkeys(("active", "waiting", "completed", "interrupted", "expired", "failed"), 0)
        return {
            "uuid": self.uuid,
            "name": self.name,
            "type": self.type,
            "archived": self.archived,
            "labels": [],
            "expires": 720,
            "runs": runs,
            "results": [],
            "parent_refs": [],
            "created_on": self.created_on,
            "modified_on": self.created_on,
        }

    def definition(self) -> dict[str, Any]:
        """Return what is exported of it: a node for each message."""
        names = [str(uuid.uuid5(uuid.UUID(self.uuid), str(n))) for n in range(len(self.messages))]
        empty = {"type": "send_msg", "attachments": [], "quick_replies": []}
        nodes = [
            {
                "uuid": name,
                "actions": [{**empty, **message, "uuid": str(uuid.uuid4())}],
                "exits": [{"uuid": str(uuid.uuid4()), "destination_uuid": after}],
            }
            for name, message, after in zip(names, self.messages, [*names[1:], None], strict=False)
        ]
        about = {"spec_version": "13.6.1", "language": "und", "type": "messaging", "revision": 1, "localization": {}}
        return {"uuid": self.uuid, "name": self.name, **about, "nodes": nodes}


@dataclass
class Person(Row, Contact):
    """A contact as the API knows it; ``urn`` empty: nobody can write to them."""

    status: str = "active"
    language: str | None = None
    other_urns: tuple[str, ...] = ()
    flow: Flow | None = None
    last_seen_on: str | None = None

    @property
    def urns(self) -> list[str]:
        """Without query and display."""
        return [re.split("[?#]", one)[0] for one in (self.urn, *self.other_urns) if one]

    def as_json(self) -> dict[str, Any]:
        """Return what a list says of them."""
        flow = self.flow and {"uuid": self.flow.uuid, "name": self.flow.name}
        return {
            "uuid": self.uuid,
            "name": self.name or None,
            "status": self.status,
            "language": self.language,
            "urns": self.urns,
            "groups": [*self.groups],
            "fields": {**self.fields},
            "flow": flow,
            "created_on": self.created_on,
            "modified_on": self.created_on,
            "last_seen_on": self.last_seen_on,
            "blocked": self.status == "blocked",
            "stopped": self.status == "stopped",
        }


@dataclass
class Start(Row):
    """A start that was taken. ``reached``: contacts named, of its groups and URNs; the rest comes as it runs."""

    flow: Flow
    body: dict[str, Any]
    contacts: list[Person]
    groups: list[Mapping[str, str]]
    reached: list[Person]
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: float = field(default_factory=time.monotonic)
    status: str = "pending"
    tickets: list[Ticket] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def reached_by(self, flow: Flow, before: Sequence[Person] = ()) -> list[Person]:
        """Return those whom it lets run this flow, if the ones ``before`` did already."""
        if flow is not self.flow or flow.archived:
            return []
        excluded = [] if self.body.get("restart_participants", True) else [one.uuid for one in before]
        is_busy_excluded = self.body.get("exclude_active", False)
        return [
            one
            for one in self.reached
            if one.uuid not in excluded and not (is_busy_excluded and one.flow is not None)
        ]

    def as_json(self) -> dict[str, Any]:
        """Return what is answered of it; contacts of URNs are not there, as they are made when it runs."""
        params = self.body.get("params") or self.body.get("extra")
        return {
            "uuid": self.uuid,
            "flow": {"uuid": self.flow.uuid, "name": self.flow.name},
            "status": self.status,
            "progress": {"total": -1, "started": 0},
            "groups": self.groups,
            "params": params,
            "contacts": [{"uuid": one.uuid, "name": one.name or None} for one in self.contacts],
            "created_on": self.created_on,
            "modified_on": self.created_on,
            "id": self.number,
            "extra": params,
            "restart_participants": self.body.get("restart_participants", True),
            "exclude_active": self.body.get("exclude_active", False),
        }


class Refused(Exception):
    """What is answered instead."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.status, self.body = status, body


def normal_urn(text: str) -> str:
    """Return a URN without query and display, and a number with its plus. Raises ValueError."""
    scheme, _, rest = text.partition(":")
    path = re.split("[?#]", rest)[0].strip()
    if scheme not in _SCHEMES or not path:
        raise ValueError(text)
    if scheme == "tel":
        path = re.sub("[^0-9a-z+]", "", path.lower())
        # Without a country code it stays as it is, and is found nowhere.
        path = f"+{path}" if path.isdecimal() and len(path) >= 11 and path[0] != "0" else path
    return f"{scheme}:{path}"


def valid_urn(text: str) -> str:
    """Return a URN that a contact can be made of. Raises ValueError."""
    urn = normal_urn(text)
    scheme, _, path = urn.partition(":")
    number = {"tel": r"\+[1-9]\d{6,14}"}.get(scheme, r"\d+" if scheme in _NUMERIC else ".+")
    if not re.fullmatch(number, path):
        raise ValueError(text)
    return urn


class Catalogue:
    """The flows, contacts and groups of one organization, as a test adds them."""

    def __init__(self) -> None:
        self.flows: list[Flow] = []
        self.contacts: list[Person] = []
        self.groups: list[dict[str, str]] = []
        self.has_search = True

    def add_flow(
        self, name: str, *texts: str | Mapping[str, Any], type: str = "message", archived: bool = False
    ) -> Flow:
        """Add a flow that sends these messages."""
        messages = [{"text": one} if isinstance(one, str) else {"text": "", **one} for one in texts]
        self.flows.append(Flow(name, messages, type, archived))
        return self.flows[-1]

    def add_contact(self, name: str, urn: str = "", **values: Any) -> Person:
        """Add a contact, with a number of their own if none is given."""
        self.contacts.append(Person(name, urn, **values))
        return self.contacts[-1]

    def add_group(self, name: str, *members: Person) -> dict[str, str]:
        """Add a group of contacts."""
        self.groups.append({"uuid": str(uuid.uuid4()), "name": name})
        for one in members:
            one.groups = [*one.groups, self.groups[-1]]
        return self.groups[-1]

    def flows_like(self, query: Mapping[str, str]) -> list[Flow]:
        """Return the flows that are asked for."""
        rows = self.flows
        if kind := query.get("type"):
            rows = [one for one in rows if one.type == kind]
        if archived := query.get("archived"):
            rows = [one for one in rows if one.archived == (archived.lower() in {"1", "true", "y", "yes"})]
        return rows

    def contacts_like(self, query: Mapping[str, str]) -> list[Person]:
        """Return the contacts that are asked for. Raises Refused."""
        rows = self.contacts
        if urn := query.get("urn"):
            try:
                wanted = normal_urn(urn)
            except ValueError as error:
                raise Refused(400, {"detail": f"Invalid URN: {urn}"}) from error
            rows = [one for one in rows if wanted in one.urns]
        if group := query.get("group"):
            rows = [one for one in rows if any(group in known.values() for known in one.groups)]
        if self.has_search and (text := query.get("search", "").casefold()):
            rows = [one for one in rows if text in one.name.casefold() or any(text in urn for urn in one.urns)]
        return rows

    def read_start(self, content: bytes) -> Start:
        """Return the start that this asks for. Raises Refused, with all that is wrong as the real one says it."""
        try:
            body = json.loads(content)
        except ValueError as error:
            raise Refused(400, {"detail": f"JSON parse error - {error}"}) from error
        if not isinstance(body, dict):
            raise Refused(400, {"non_field_errors": ["Request body should be a single JSON object"]})
        errors: dict[str, Any] = {}
        flow = next((one for one in self.flows if one.uuid == body.get("flow")), None)
        if flow is None:
            given = body.get("flow")
            errors["flow"] = [f"No such object: {given}" if given else "This field is required."]
        contacts = self._read(body, "contacts", self._contact, errors)
        groups = self._read(body, "groups", self._group, errors)
        urns = self._read(body, "urns", valid_urn, errors)
        for name in {"extra", "params"} & body.keys():
            if not isinstance(body[name], dict):
                errors[name] = ["Must be a valid JSON object"]
            elif name == "params" and len(json.dumps(body[name])) > MAX_PARAMS:
                errors[name] = [f"Cannot exceed {MAX_PARAMS:,} characters encoded."]
        for name in {"restart_participants", "exclude_active"} & body.keys():
            if not isinstance(body[name], bool):
                errors[name] = ["Must be a valid boolean."]
        if not errors and not (contacts or groups or urns):
            errors["non_field_errors"] = ["Must specify at least one group, contact or URN"]
        if errors or flow is None:
            raise Refused(400, errors)
        members = [one for one in self.contacts if any(group in one.groups for group in groups)]
        strangers = [self._contact(urn) if self._is_known(urn) else self.add_contact("", urn) for urn in urns]
        # Each of them once.
        reached = {one.uuid: one for one in (*contacts, *members, *strangers)}
        return Start(flow, body, contacts, groups, [*reached.values()])

    def _read(self, body: dict[str, Any], name: str, find: Callable[[str], Any], errors: dict[str, Any]) -> list[Any]:
        """Return what a list names; URNs are refused by their place in it, other things without it."""
        given, found = body.get(name, []), []
        if not isinstance(given, list):
            errors[name] = [f'Expected a list of items but got type "{type(given).__name__}".']
        elif len(given) > MAX_ITEMS:
            errors[name] = [f"Ensure this field has no more than {MAX_ITEMS} elements."]
        else:
            for n, one in enumerate(given):
                try:
                    found.append(find(str(one)))
                except ValueError:
                    if name != "urns":
                        errors[name] = [f"No such object: {one}"]
                        break
                    why = f"Invalid URN: {one}. Ensure phone numbers contain country codes."
                    errors.setdefault(name, {})[str(n)] = [why]
        return found

    def _is_known(self, urn: str) -> bool:
        return any(urn in one.urns for one in self.contacts)

    def _contact(self, text: str) -> Person:
        """Return the contact with this uuid or URN. Raises ValueError."""
        for one in self.contacts:
            if text == one.uuid or text in one.urns:
                return one
        raise ValueError(text)

    def _group(self, text: str) -> dict[str, str]:
        for one in self.groups:
            if text == one["uuid"] or text.casefold() == one["name"].casefold():
                return one
        raise ValueError(text)
