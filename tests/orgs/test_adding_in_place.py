"""What adds to a list is on the list (docs/design.md, Pages): its form opens there, and stays when it is refused."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orgs import operations as orgs
from orgs.models import ApiToken, Organization, Project
from queues.models import Queue
from tests.builders import Desk
from tests.pages import Pages, text_of

OPEN = re.compile(r'<details class="adder" name="adder" open>')


@pytest.fixture
def client(desk: Desk) -> Client:
    orgs.create_token("Importer", by=desk.by(), scopes=["read"], project=desk.project)
    return Pages(desk.administrator, desk.project).client


def places(desk: Desk) -> dict[str, tuple[str, str, str]]:
    """Return by name the addresses of a list and of what adds to it, and what the list says."""
    project, organization, sector = desk.project, desk.project.organization, desk.sector
    return {
        "queue": (
            reverse("queues:list", args=[project.pk, sector.pk]),
            reverse("queues:new", args=[project.pk, sector.pk]),
            desk.queue.name,
        ),
        "token": (
            reverse("orgs:project_tokens", args=[project.pk]),
            reverse("orgs:project_token_new", args=[project.pk]),
            "Importer",
        ),
        "token of the organization": (
            reverse("orgs:organization_tokens", args=[organization.pk]),
            reverse("orgs:organization_token_new", args=[organization.pk]),
            "Importer",
        ),
        "project": (
            reverse("orgs:organization", args=[organization.pk]),
            reverse("orgs:project_new", args=[organization.pk]),
            project.name,
        ),
        "organization": (reverse("orgs:home") + "?all=1", reverse("orgs:organization_new"), project.name),
    }


THINGS = ["queue", "token", "token of the organization", "project", "organization"]


@pytest.mark.parametrize("thing", THINGS)
def test_the_form_is_on_the_list_and_its_address_opens_it(desk: Desk, client: Client, thing: str) -> None:
    listed, new, row = places(desk)[thing]
    page = client.get(listed)
    assert f'action="{new}"' in page.content.decode()
    assert not OPEN.search(page.content.decode())
    opened = client.get(new)
    assert opened.status_code == 200
    assert OPEN.search(opened.content.decode())
    assert row in text_of(opened)
    assert not opened.context["form"].errors


@pytest.mark.parametrize("thing", THINGS)
def test_a_refused_form_stays_open_on_the_list_with_what_was_typed(desk: Desk, client: Client, thing: str) -> None:
    _listed, new, row = places(desk)[thing]
    before = counts()
    answer = client.post(new, {"name": "x" * 300})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert OPEN.search(page)
    assert f'value="{"x" * 300}"' in page
    assert answer.context["form"].errors["name"]
    assert row in text_of(answer)
    assert counts() == before


@pytest.mark.parametrize("thing", THINGS)
def test_links_and_searches_of_the_open_form_lead_to_the_list(desk: Desk, client: Client, thing: str) -> None:
    listed, new, _row = places(desk)[thing]
    for query in ("q=a", "archived=1", "after=1,2"):
        answer: Any = client.get(f"{new}?{query}")
        assert answer.status_code == 302
        assert answer.url == f"{listed.partition('?')[0]}?{query}"


def counts() -> list[int]:
    return [model.objects.count() for model in (Queue, ApiToken, Project, Organization)]


def test_the_secret_of_a_new_token_is_no_part_of_the_list(desk: Desk, client: Client) -> None:
    """It is an answer of its own, which nothing keeps; the list that follows has a new form."""
    _listed, new, _row = places(desk)["token"]
    first = client.get(new).context["form"]["once"].value()
    answer = client.post(new, {"name": "Bot", "scopes": ["read"], "expiry": "90", "once": str(first)})
    assert "no-store" in answer["Cache-Control"]
    assert "adder" not in answer.content.decode()
    assert "data-secret" in answer.content.decode()
    again = client.get(new)
    assert "no-store" in again["Cache-Control"]
    assert again.context["form"]["once"].value() != first
