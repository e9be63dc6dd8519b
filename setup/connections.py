"""What to paste where to connect a flow, for each type of the engine's ticket service (docs/flow.md)."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import addresses
from core.text import by_name
from orgs.models import Project
from queues.models import Queue
from sectors.models import Sector
from tickets.models import FlowType
from tickets.webhooks.signing import readable_secrets

#: Sectors and queues to choose from.
_MOST = 500
#: Types in the order of the tabs, and what they are for.
TYPES = {
    FlowType.WENICHATS: gettext_lazy("One address and one token for the whole engine."),
    FlowType.GENERIC: gettext_lazy("An address and a token per ticketer, to connect a single project of an engine."),
}


@dataclass(frozen=True)
class Paste:
    """A value to paste: ``name`` is what the engine calls the field, empty if it has none."""

    key: str
    label: str
    value: str
    help: str = ""
    name: str = ""


@dataclass(frozen=True)
class Place:
    """Where tickets may go."""

    pk: UUID
    name: str
    is_queue: bool


@dataclass(frozen=True)
class Connection:
    """How a flow is connected: the type, the place, what to paste, calls to try."""

    flow_type: str
    place: Place | None
    pastes: list[Paste]
    addresses: list[Paste]
    example: str

    @property
    def is_generic(self) -> bool:
        return self.flow_type == FlowType.GENERIC


def places_of(project: Project) -> list[Place]:
    """Return the project's sectors, each with its queues."""
    found: list[Place] = []
    sectors = Sector.objects.live().filter(project=project).order_by("position", *by_name())[:_MOST]
    queues: dict[UUID, list[Queue]] = {}
    for queue in Queue.objects.live().filter(sector__project=project).order_by("position", *by_name())[:_MOST]:
        queues.setdefault(queue.sector_id, []).append(queue)
    for sector in sectors:
        found.append(Place(sector.pk, sector.name, is_queue=False))
        found += [
            Place(queue.pk, f"{sector.name} / {queue.name}", is_queue=True) for queue in queues.get(sector.pk, [])
        ]
    return found


def connection(project: Project, flow_type: str, place: Place | None, *, token: str = "") -> Connection:
    """Return how to connect a flow of that type. ``token``: a secret that may be shown now."""
    make = _generic if flow_type == FlowType.GENERIC else _wenichats
    pastes, urls, example = make(project, place, addresses.origin(), token or "$TOKEN")
    return Connection(flow_type, place, pastes, urls, example)


_Parts = tuple[list[Paste], list[Paste], str]


def _wenichats(_project: Project, place: Place | None, origin: str, token: str) -> _Parts:
    base, pk = f"{origin}/v1/external", str(place.pk) if place else "…"
    field = "queue_uuid" if place and place.is_queue else "sector_uuid"
    pastes = [
        Paste("endpoint", _("Base URL"), base, _("Set once, for the whole engine.")),
        Paste(
            "place",
            _("Where tickets go"),
            pk,
            _("A sector goes into the ticketer, a queue into a topic."),
            name=field,
        ),
    ]
    addresses = [
        Paste("messages", _("Messages of contacts"), f"{base}/msgs/", _("The engine builds it from the base URL.")),
    ]
    body = {field: pk, "contact": {"external_id": "42", "name": "Example", "urn": "tel:+12025550100"}}
    return pastes, addresses, _curl(f"{base}/rooms/", token, body)


def _generic(project: Project, place: Place | None, origin: str, token: str) -> _Parts:
    base = f"{origin}/v1/generic/{place.pk if place else '…'}"
    secret = "".join(secret.text for secret in readable_secrets(project.pk, timezone.now())[:1])
    pastes = [
        Paste(
            "endpoint", _("Base URL"), base, _("It says where tickets go, unless a topic names a queue."), "base_url"
        ),
        Paste(
            "secret",
            _("Callback secret"),
            secret,
            _("With it the engine checks that callbacks are ours."),
            "webhook_secret",
        ),
    ]
    addresses = [
        Paste(
            "messages",
            _("Messages of contacts"),
            f"{base}/v1/tickets/{{external_id}}/messages",
            _("The engine builds it from the base URL."),
        ),
    ]
    body = {
        "ticket_id": "0f4d2c8a-2c83-4f2c-9f7d-1d4f70d50e71",
        "contact": {"uuid": "42", "name": "Example", "urn": "tel:+12025550100"},
    }
    return pastes, addresses, _curl(f"{base}/v1/tickets", token, body, '-H "Idempotency-Key: open-1"')


def _curl(url: str, token: str, body: dict[str, Any], *headers: str) -> str:
    """Return a shell command that opens a ticket, as the flow does."""
    lines = [
        f"curl {url}",
        f'-H "Authorization: Bearer {token}"',
        '-H "Content-Type: application/json"',
        *headers,
        f"-d '{json.dumps(body, ensure_ascii=False, indent=2)}'",
    ]
    return " \\\n  ".join(lines)
