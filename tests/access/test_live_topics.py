"""Who may follow which live topic, kind by kind (docs/rules.md, Visibility); what arrives: test_same_set.py."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from live import topics
from live.asgi import NotSignedIn
from orgs.access import token_member
from orgs.operations import find_token
from tests.access.counting import Cases
from tests.access.rows import CHATS, CONFIGURES
from tests.walk import LIKE_PEOPLE, PEOPLE, World
from tickets.live_events import topics_of
from weni_chats.live_access import authorize

#: By kind of topic: who may follow which of them. Kinds that are not here fail.
FOLLOW: dict[str, dict[str, list[str]]] = {
    "user": {who: ["own"] for who in CHATS},
    "agent": {who: ["own"] for who in CHATS},
    "queue": {"agent": ["queue"]},
    "sector": {"manager": ["sector"], "other_manager": ["other sector"]},
    "project": {who: ["project"] for who in CONFIGURES},
}


def scope(client: Client, project: UUID) -> dict[str, Any]:
    """A browser's request for the stream."""
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie.value}".encode())] if cookie else []
    return {"type": "http", "headers": headers, "live_project": project}


def ids(world: World, who: str, which: str, kind: str) -> tuple[Any, ...]:
    """Return the ids of a topic that the table names."""
    if which == "own":
        person = world.users[who].pk
        return (world.own["project"], person) if kind == "agent" else (person,)
    return (world.beside["sector"] if which == "other sector" else world.own[which],)


@pytest.fixture
def world(db: None) -> World:
    return World.build()


def test_every_kind_of_topic_is_in_the_table() -> None:
    assert set(topics.KINDS) == set(FOLLOW)


def test_who_may_follow_what(world: World, cases: Cases) -> None:
    count = 0
    for who in (*PEOPLE, *LIKE_PEOPLE):
        client = world.client_of(who)
        for project in (world.own["project"], world.foreign["project"], world.distant["project"], uuid4()):
            count += 1
            if who in {"signed_out", "inactive"}:
                with pytest.raises(NotSignedIn):
                    authorize(scope(client, project))
                continue
            found = authorize(scope(client, project))
            own = project == world.own["project"]
            office = who == "administrator" and project == world.foreign["project"]
            there = {"other_project": world.foreign["project"], "other_organization": world.distant["project"]}
            if office or there.get(who) == project:
                assert found is not None
                assert f"project:{project}" in found.topics
            elif not own or who not in CHATS:
                assert found is None, (who, project)
            else:
                assert found is not None
                expected = {
                    topics.KINDS[kind](*ids(world, who, which, kind))
                    for kind, rows in FOLLOW.items()
                    for which in rows.get(who, ())
                }
                assert found.topics == expected, who
                count += len(FOLLOW)
    cases(count)


def test_a_token_opens_no_stream_and_would_hear_of_its_reach_alone(world: World) -> None:
    """Streams know sessions only."""
    asked = scope(Client(), world.own["project"])
    asked["headers"].append((b"authorization", f"Bearer {world.secrets['administers']}".encode()))
    with pytest.raises(NotSignedIn):
        authorize(asked)
    token = find_token(world.secrets["sector_administers"])
    assert token is not None
    member = token_member(token, world.own["project"])
    assert member is not None
    assert not {t for t in topics_of(member) if t.startswith(("project:", "queue:"))}
