"""Figures for monitoring: who reads them, and what they say (docs/operations.md)."""

import pytest
from django.test import Client

from queues.models import QueueAgent
from tests.builders import Desk
from tickets import operations, routing

TOKEN = "a-token-of-the-operator"


def read(given: str | None = f"Bearer {TOKEN}") -> tuple[int, dict[str, float]]:
    answer = Client().get("/metrics", headers={"authorization": given} if given else {})
    lines = answer.content.decode().splitlines() if answer.status_code == 200 else []
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return answer.status_code, {name: float(value) for name, value in pairs}


@pytest.fixture
def token(settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def test_without_a_token_of_the_operator_there_is_no_such_page(db: None, settings) -> None:
    settings.METRICS_TOKEN = ""
    for given in (None, "Bearer ", f"Bearer {TOKEN}"):
        assert read(given)[0] == 404


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN])
def test_who_does_not_send_it_finds_none_either(db: None, token: None, given: str | None) -> None:
    assert read(given)[0] == 404


def test_signing_in_is_not_enough(desk: Desk, token: None, client: Client) -> None:
    client.force_login(desk.administrator)
    assert client.get("/metrics").status_code == 404


def test_the_figures_are_those_of_the_installation(desk: Desk, token: None) -> None:
    assert read() == (200, dict.fromkeys(FIGURES, 0.0))
    desk.agent_online(limit=2)
    for _ in range(5):
        desk.open_ticket()
    figures = read()[1]
    assert figures.pop("weni_tickets_longest_wait_seconds") > 0
    assert figures == {
        "weni_routing_sweep_caught_total": 0,
        "weni_tickets_waiting": 3,
        "weni_tickets_active": 2,
        "weni_agents_online": 1,
        "weni_callbacks_pending": 0,
        "weni_media_pending": 0,
        **dict.fromkeys(CORRECTIONS, 0),
    }


def test_what_the_sweep_catches_is_counted(desk: Desk, token: None) -> None:
    agent = desk.agent_online(desk.add_queue())
    desk.open_ticket()
    # Put on the queue around the code, which would have routed.
    QueueAgent.objects.create(queue=desk.queue, user=agent)
    assert read()[1]["weni_routing_sweep_caught_total"] == 0
    routing.sweep()
    assert read()[1]["weni_routing_sweep_caught_total"] == 1


def test_what_is_corrected_at_the_door_is_counted(desk: Desk, token: None) -> None:
    operations.count_corrections({"cut": 2, "time": 1})
    operations.count_corrections({"cut": 1})
    figures = read()[1]
    assert [figures[name] for name in CORRECTIONS] == [3, 0, 1, 0, 0]


def test_they_cost_a_constant_number_of_queries(desk: Desk, token: None, django_assert_num_queries) -> None:
    desk.open_ticket()
    with django_assert_num_queries(7):
        read()


CORRECTIONS = [
    f'weni_intake_corrections_total{{kind="{kind}"}}' for kind in ("cut", "hashed", "time", "kind", "left_out")
]
FIGURES = (
    *CORRECTIONS,
    "weni_routing_sweep_caught_total",
    "weni_tickets_waiting",
    "weni_tickets_longest_wait_seconds",
    "weni_tickets_active",
    "weni_agents_online",
    "weni_callbacks_pending",
    "weni_media_pending",
)
