"""A desk whose sector has active messages, and the engine that starts its flows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from active_messages import client, operations
from active_messages.models import FlowEngine, Start
from active_messages.people import Person
from orgs.models import User
from sectors import operations as sectors
from sectors.models import Sector
from tests.builders import Desk
from tests.engine.api_v2 import ApiV2
from tests.engine.catalogue import Flow
from tests.engine.catalogue import Person as EnginePerson
from tests.tickets.tools import run_worker

NUMBER = "whatsapp:5511912345678"


@pytest.fixture
def api(settings: Any) -> Iterator[ApiV2]:
    """The engine's API, which may be asked although it is on this machine; no flow runs by itself."""
    client._away.clear()
    with ApiV2() as made:
        made.run_after = None
        settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]
        yield made


@dataclass
class Starting:
    """The engine connected with a desk, and an agent who starts conversations there."""

    desk: Desk
    api: ApiV2
    row: FlowEngine
    flow: Flow
    agent: User

    def start(
        self, *people: Person | EnginePerson, by: User | None = None, sector: Sector | None = None, flow: str = ""
    ) -> list[Start]:
        """Start conversations, as the agent unless told otherwise; nothing is sent yet."""
        batch = operations.start_conversations(
            [person if isinstance(person, Person) else of_engine(person) for person in people],
            flow_uuid=flow or self.flow.uuid,
            sector=sector or self.desk.sector,
            by=self.desk.by(by or self.agent),
        )
        return self.of(batch)

    def of(self, batch: UUID) -> list[Start]:
        return list(Start.objects.filter(batch=batch).order_by("position"))

    def sent(self, *people: Person | EnginePerson, **values: Any) -> list[Start]:
        """Start conversations and let the worker send them."""
        starts = self.start(*people, **values)
        run_worker()
        return self.of(starts[0].batch)

    def opened_room(self, **values: Any) -> dict[str, Any]:
        """Return a room request of the started flow, for ``contact`` (a person of the engine)."""
        person = values.pop("contact")
        return {
            "sector_uuid": str(self.desk.sector.pk),
            "flow_uuid": self.flow.uuid,
            "contact": {"external_id": person.uuid, "name": person.name, "urn": person.urn},
            **values,
        }


def of_engine(person: EnginePerson) -> Person:
    """Return a contact of the engine, as it is chosen on the page."""
    return Person(None, person.uuid, person.urn, person.name)


@pytest.fixture
def starting(desk: Desk, api: ApiV2) -> Starting:
    flow = api.add_flow("Reminder", "Your appointment is tomorrow.")
    sectors.update_sector(desk.sector, by=desk.by(), active_messages=True)
    desk.sector.refresh_from_db()
    row = operations.connect_engine(desk.project, by=desk.by(), address=api.url, token=api.token)
    return Starting(desk, api, row, flow, desk.agent_online(limit=3))
