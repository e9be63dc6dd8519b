"""What scripts read of agents, and of one room or agent by its id."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.signing import TimestampSigner
from django.test import Client, override_settings
from PIL import Image

from orgs import operations as orgs
from orgs.models import TokenScope, User
from queues.models import Status, StatusChange
from tests.builders import Desk
from tests.flow import FlowEngine, token_for
from tickets import operations

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(desk: Desk) -> FlowEngine:
    """Calls with a token of the project that reads."""
    return FlowEngine(token_for(desk, scopes=[TokenScope.READ])[1])


def status_of(reader: FlowEngine, person: User, **query: str) -> dict[str, Any]:
    """Return a person's row of the list, which is what their own address answers."""
    (row,) = reader.call("GET", "/agents_status/", {"user": person.email, **query}).json()["results"]
    one = reader.call("GET", f"/agents_status/{person.pk}/", query)
    assert one.status_code == 200
    assert one.json()["online_time"] == row["online_time"]
    return row


def online(desk: Desk, person: User, begins: datetime, ends: datetime | None) -> None:
    StatusChange.objects.create(
        project=desk.project, user=person, status=Status.ONLINE, started_at=begins, ended_at=ends
    )


@time_machine.travel(datetime(2030, 1, 31, 12, tzinfo=UTC), tick=False)
def test_time_online_is_of_today_or_of_the_days_asked_for_in_minutes(desk: Desk, reader: FlowEngine) -> None:
    agent, stranger = desk.agent(), desk.agent()
    midnight = datetime(2030, 1, 31, tzinfo=UTC)
    online(desk, agent, midnight - timedelta(hours=1), midnight + timedelta(hours=2))
    online(desk, agent, midnight + timedelta(hours=11, seconds=20), None)
    assert status_of(reader, agent)["online_time"] == 179.67
    assert status_of(reader, agent, start_date="2030-01-30")["online_time"] == 239.67
    assert status_of(reader, agent, start_date="2030-01-30", end_date="2030-01-30")["online_time"] == 60
    assert status_of(reader, agent, end_date="9999-12-31")["online_time"] == 179.67
    assert status_of(reader, agent, start_date="2030-01-01", end_date="2030-01-02")["online_time"] is None
    assert status_of(reader, stranger)["online_time"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "yesterday"}, {"end_date": "2030-02-30"}, {"start_date": "2030-01-31T10:00:00Z"},
        {"start_date": "2030-02-01", "end_date": "2030-01-31"},
    ],
    ids=str,
)  # fmt: skip
def test_days_that_are_none_are_refused(reader: FlowEngine, query: dict[str, str]) -> None:
    answer = reader.call("GET", "/agents_status/", query)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) <= set(query)


def with_photo(user: User) -> User:
    picture = BytesIO()
    Image.new("RGB", (300, 300), "red").save(picture, "PNG")
    return orgs.set_photo(user, BytesIO(picture.getvalue()))


def test_a_photo_has_an_address_that_a_script_can_fetch(desk: Desk, reader: FlowEngine) -> None:
    agent, plain = with_photo(desk.agent()), desk.agent()
    rows = {row["uuid"]: row for row in reader.call("GET", "/agents/").json()["results"]}
    url = rows[str(agent.pk)]["user"]["photo_url"]
    assert rows[str(plain.pk)]["user"]["photo_url"] is None
    assert reader.call("GET", f"/agents/{agent.pk}/").json()["user"]["email"] == agent.email
    assert status_of(reader, agent)["photo_url"].startswith("http://localhost:8000/")
    path = url.removeprefix("http://localhost:8000")
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert Client().get(path.replace(agent.photo_name, plain.photo_name or "x")).status_code == 404
    with override_settings(ORIGIN="https://chats.example.org"):
        assert status_of(reader, agent)["photo_url"].startswith("https://chats.example.org/")
    orgs.remove_photo(agent)
    assert Client().get(path).status_code == 404


def test_an_address_of_a_photo_expires_and_is_nobody_elses(desk: Desk, reader: FlowEngine) -> None:
    agent, other = with_photo(desk.agent()), with_photo(desk.agent())
    with time_machine.travel(datetime.now(UTC) - timedelta(days=8)):
        old = TimestampSigner(sep=".", salt="orgs.photos").sign(agent.pk.hex)
    other_salt = TimestampSigner(sep=".", salt="tickets.files").sign(agent.pk.hex)
    path = status_of(reader, agent)["photo_url"].removeprefix("http://localhost:8000")
    token = path.split("/")[-2]
    for forged in (old, other_salt, token[:-1], token.replace(agent.pk.hex, other.pk.hex)):
        assert Client().get(path.replace(token, forged)).status_code == 404, forged
    assert Client().get(path.replace(agent.photo_name, other.photo_name)).status_code == 404


def test_one_room_is_read_by_its_id(desk: Desk, other_desk: Desk, reader: FlowEngine) -> None:
    desk.agent_online()
    ticket = desk.open_ticket()
    (listed,) = reader.call("GET", "/rooms/").json()["results"]
    assert reader.call("GET", f"/rooms/{ticket.pk}/").json() == listed
    operations.close_by_flow(ticket.pk, by=desk.by())
    assert reader.call("GET", f"/rooms/{ticket.pk}/").json()["is_active"] is False
    assert reader.call("GET", f"/rooms/{other_desk.open_ticket().pk}/").status_code == 404
    of_both = {"project": None, "organization": desk.project.organization}
    several = FlowEngine(token_for(desk, scopes=[TokenScope.READ], **of_both)[1])
    assert several.call("GET", f"/rooms/{ticket.pk}/").status_code == 200
    assert several.call("GET", f"/rooms/{other_desk.open_ticket().pk}/").status_code == 404
    opens = FlowEngine(token_for(desk)[1])
    assert opens.call("GET", f"/rooms/{ticket.pk}/").status_code == 403


def test_one_anonymous_room_keeps_its_secrets(desk: Desk) -> None:
    script = FlowEngine(token_for(desk, scopes=[TokenScope.READ, TokenScope.OPEN])[1])
    contact = {"external_id": "x", "name": "Someone", "urn": "whatsapp:5511999990000", "phone": "+5511999990000"}
    room = script.open(sector_uuid=str(desk.sector.pk), is_anon=True, contact=contact).json()
    assert "99999000" not in script.call("GET", f"/rooms/{room['uuid']}/").content.decode()


def test_one_agent_is_somebody_with_access_to_chats_here(desk: Desk, other_desk: Desk, reader: FlowEngine) -> None:
    stranger = other_desk.agent()
    for path in ("/agents", "/agents_status"):
        assert reader.call("GET", f"{path}/{stranger.pk}/").status_code == 404
        secret = token_for(desk, scopes=[TokenScope.READ], project=None, organization=desk.project.organization)[1]
        several, agent = FlowEngine(secret), desk.agent()
        assert several.call("GET", f"{path}/{agent.pk}/").json()["code"] == "place_required"
        assert several.call("GET", f"{path}/{agent.pk}/", {"project": str(desk.project.pk)}).status_code == 200
