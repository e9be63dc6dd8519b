"""What the database refuses in this app, when the code is gone around."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from active_messages.models import FlowEngine, Start
from active_messages.people import Person
from tests.builders import Desk
from tests.refusals import refused_by

from .conftest import NUMBER, Starting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"address": "ftp://flows.example.org/api/v2"}, "flow_engine_address"),
        ({"address": "https://flows.example.org"}, "flow_engine_address"),
        ({"token": ""}, "flow_engine_has_token"),
        ({"starters": "everybody"}, "flow_engine_starters"),
        ({"number_scheme": "fax"}, "flow_engine_number_scheme"),
        ({"hourly_limit": 0}, "flow_engine_hourly_limit"),
        ({"hourly_limit": 10_001}, "flow_engine_hourly_limit"),
    ],
)
def test_an_engine_is_whole(starting: Starting, values: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        FlowEngine.objects.update(**values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"urn": ""}, "start_names_contact"),
        ({"flow_uuid": ""}, "start_names_flow"),
        ({"person_key": ""}, "start_names_flow"),
        ({"state": "lost"}, "start_state"),
        ({"state": "refused"}, "start_refused_says_why"),
        ({"refusal": "token"}, "start_refused_says_why"),
        ({"state": "refused", "refusal": "no reason"}, "start_refused_says_why"),
        ({"state": "opened"}, "start_opened_has_ticket"),
    ],
)
def test_a_start_is_whole(starting: Starting, values: dict[str, Any], constraint: str) -> None:
    starting.start(Person(urn=NUMBER))
    with refused_by(constraint):
        Start.objects.update(**values)


def test_only_an_opened_start_has_a_ticket(starting: Starting, desk: Desk) -> None:
    starting.start(Person(urn=NUMBER))
    with refused_by("start_opened_has_ticket"):
        Start.objects.update(ticket=desk.open_ticket())


def another(start: Start, **values: Any) -> Start:
    """Return an unsaved start like the one given, in a batch of its own."""
    names = ("project", "sector", "by", "flow_uuid", "flow_name", "urn", "person_key", "state", "contact")
    return Start(**{**{name: getattr(start, name) for name in names}, "batch": uuid4(), **values})


def test_a_person_is_written_to_once_at_a_time(starting: Starting) -> None:
    [start] = starting.start(Person(urn=NUMBER))
    for state in ("queued", "sending"):
        with refused_by("start_once_per_person"):
            another(start, state=state).save()
    another(start, state="started", settled_at=timezone.now()).save()


def test_a_batch_is_numbered(starting: Starting) -> None:
    [start] = starting.start(Person(urn=NUMBER))
    with refused_by("start_position_in_batch"):
        another(start, batch=start.batch, person_key="another").save()


def test_sector_and_contact_are_of_the_project(starting: Starting, other_desk: Desk) -> None:
    [start] = starting.start(Person(urn=NUMBER))
    with refused_by("start_sector_of_project"):
        another(start, person_key="another", sector=other_desk.sector).save()
    with refused_by("start_contact_of_project"):
        another(start, person_key="another", contact=other_desk.open_ticket().contact).save()
