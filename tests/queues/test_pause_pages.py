"""The page of a project's reasons for pauses."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from queues import operations as queues
from queues.models import PauseReason
from tests.builders import Desk
from tests.pages import fields_of, said, text_of, undo_of


@pytest.fixture
def client(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.administrator)
    return client


def url(desk: Desk, name: str = "pauses", *more: Any) -> str:
    return reverse(f"queues:{name}", args=[desk.project.pk, *more])


def test_without_any_it_says_what_happens(client: Client, desk: Desk) -> None:
    assert "agents write the reason themselves" in text_of(client.get(url(desk)))


def test_adding_one(client: Client, desk: Desk) -> None:
    assert client.post(url(desk), {"name": "Lunch", "daily_minutes": "60"}).status_code == 302
    client.post(url(desk), {"name": "Training", "daily_minutes": ""})
    text = text_of(client.get(url(desk)))
    assert "60 minutes a day" in text
    assert "as much as it takes" in text


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "daily_minutes": "5"},
        {"name": "x" * 61},
        {"name": "Pause\x00"},
        {"name": "Lunch"},
        {"name": "lunch"},
        {"name": "Break", "daily_minutes": "0"},
        {"name": "Break", "daily_minutes": "1441"},
        {"name": "Break", "daily_minutes": "many"},
        {"name": "Break", "daily_minutes": "9" * 5000},
    ],
)
def test_what_is_refused_stays_in_the_form(client: Client, desk: Desk, data: dict[str, str]) -> None:
    queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    answer = client.post(url(desk), data)
    assert answer.status_code == 422
    assert PauseReason.objects.count() == 1
    form = answer.content.decode().partition('id="offered"')[0]
    assert fields_of(form)["name"] == [data["name"]]


def test_archiving_is_undone(client: Client, desk: Desk) -> None:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    answer = client.post(url(desk, "pause_archive", row.pk))
    row.refresh_from_db()
    assert row.archived_at is not None
    answer = client.post(undo_of(answer))
    assert said(answer)[-1] == "Lunch can be chosen again."
    row.refresh_from_db()
    assert row.archived_at is None


def test_the_second_of_two_sees_what_changed(client: Client, desk: Desk) -> None:
    row = queues.add_pause_reason(desk.project, "Lunch", by=desk.by())
    page = url(desk, "pause", row.pk)
    form = fields_of(client.get(page).content.decode())
    queues.change_pause_reason(row, by=desk.by(), name="Meal", daily_minutes=45)
    answer = client.post(page, form | {"name": "Dinner"})
    assert answer.status_code == 409
    assert "Meal" in text_of(answer)
    assert PauseReason.objects.get().name == "Meal"
    again = fields_of(answer.content.decode())
    assert again["name"] == ["Dinner"]
    assert client.post(page, again).status_code == 302
    assert PauseReason.objects.get().name == "Dinner"


def test_anothers_reason_is_not_there(client: Client, desk: Desk, other_desk: Desk) -> None:
    row = queues.add_pause_reason(other_desk.project, "Lunch", by=other_desk.by())
    assert client.get(url(desk, "pause", row.pk)).status_code == 404
    assert client.post(url(desk, "pause_archive", row.pk)).status_code == 404
