"""Filters never list all of a large project: they offer the first choices and search for the rest."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orgs.models import Project, User
from tags.models import Tag
from tests.builders import Desk
from tests.pages import text_of


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(user: User, project: Project, field: str, q: str) -> list[str]:
    answer = client_of(user).get(reverse("reports:choices", args=[project.pk, field]), {"q": q})
    assert answer.status_code == 200
    return [choice["text"] for choice in answer.json()["choices"]]


def add_tags(desk: Desk, count: int) -> None:
    Tag.objects.bulk_create(Tag(sector=desk.sector, name=f"Matter {n:05}", position=n + 10) for n in range(count))


def test_of_many_tags_the_page_holds_the_first_and_those_chosen(desk: Desk) -> None:
    add_tags(desk, 300)
    last = Tag.objects.get(name="Matter 00299")
    page = client_of(desk.administrator).get(
        reverse("reports:history", args=[desk.project.pk]), {"tags": [str(last.pk)]}
    )
    assert page.status_code == 200
    text = page.content.decode()
    assert text.count("Matter ") < 120
    assert f'<option value="{last.pk}" selected>' in text
    assert f'data-pick-url="{reverse("reports:choices", args=[desk.project.pk, "tags"])}"' in text
    assert "Matter 00299" in text_of(page)


def test_the_others_are_found_by_any_part_of_their_name_whatever_case_and_accents(desk: Desk) -> None:
    add_tags(desk, 300)
    Tag.objects.create(sector=desk.sector, name="Devolución")
    assert found(desk.administrator, desk.project, "tags", "00299") == ["Matter 00299"]
    assert found(desk.administrator, desk.project, "tags", "DEVOLUCION") == ["Devolución"]
    assert len(found(desk.administrator, desk.project, "tags", "matter")) == 30


def test_where_there_are_several_sectors_their_name_finds_too(desk: Desk) -> None:
    desk.add_sector(name="Warehouse")
    assert all(text.startswith("Warehouse · ") for text in found(desk.administrator, desk.project, "queue", "wareh"))
    assert found(desk.administrator, desk.project, "queue", "wareh")
    assert found(desk.administrator, desk.project, "sector", "wareh") == ["Warehouse"]


def test_nobody_finds_what_they_do_not_see(desk: Desk, other_desk: Desk) -> None:
    other_desk.add_sector(name="Warehouse")
    hidden = desk.add_sector(name="Hidden warehouse")
    agent = desk.agent_online()
    for field in ("tags", "sector", "queue", "agent"):
        assert not [text for text in found(agent, desk.project, field, "") if hidden.name in text], field
        assert found(agent, desk.project, field, "wareh") == []
    assert found(desk.administrator, desk.project, "sector", "wareh") == ["Hidden warehouse"]


def test_agents_are_found_by_name_and_address(desk: Desk) -> None:
    agent = desk.agent_online()
    desk.close(desk.open_ticket(wanted_agent=agent))
    assert found(desk.administrator, desk.project, "agent", agent.email) == [agent.name]
    assert found(desk.administrator, desk.project, "agent", agent.first_name) == [agent.name]


@pytest.mark.parametrize("field", ["contact", "only", "x", "also"])
def test_other_fields_have_no_choices_to_find(desk: Desk, field: str) -> None:
    url = reverse("reports:choices", args=[desk.project.pk, field])
    assert client_of(desk.administrator).get(url).status_code == 404


@pytest.mark.parametrize("q", ["", "\x00", "%", "_", "\\", "x" * 100_000, "'; --"])
def test_whatever_is_typed_gets_an_answer(desk: Desk, q: str) -> None:
    answer: Any = client_of(desk.administrator).get(
        reverse("reports:choices", args=[desk.project.pk, "tags"]), {"q": q}
    )
    assert answer.status_code == 200
