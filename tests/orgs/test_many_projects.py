"""Somebody in many projects and organizations: all of them are found, and the pages cost the same."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs.context_processors import SEARCHED_FROM, SWITCHER_LIMIT
from orgs.models import User
from orgs.views.home import PROJECTS_SHOWN
from tests.builders import administrator_of, organization_member, organization_with, project_member, project_of
from tests.pages import NASTY, Pages, text_of

SEARCH_OF_SWITCHER = "data-switcher-search"


@pytest.fixture
def user(db: None) -> User:
    """The Administrator of an organization with more projects than a page shows, and member of a small one."""
    large, small = organization_with(name="A large one"), organization_with(name="Small one")
    for n in range(PROJECTS_SHOWN + 30):
        project_of(large, f"Bot {n:03}")
    user = administrator_of(large)
    organization_member(small, "viewer", user)
    project_member(project_of(small, "Ação"), user=user)
    return user


def shown(answer: Any) -> dict[str, int]:
    """Return how many projects a home page shows of each organization."""
    return {group["membership"].organization.name: len(group["projects"]) for group in answer.context["groups"]}


def test_a_large_organization_leaves_room_for_the_others(user: User) -> None:
    page = Pages(user).client.get("/?all=1")
    assert shown(page) == {"A large one": PROJECTS_SHOWN, "Small one": 1}
    assert "All projects of A large one" in text_of(page)
    assert "All projects of Small one" not in text_of(page)
    assert "You are in no project here yet" not in text_of(page)


@pytest.mark.parametrize(
    ("text", "found"), [("bot 053", "A large one"), ("ACAO", "Small one"), (" ação ", "Small one")]
)
def test_every_project_is_found_by_its_name(user: User, text: str, found: str) -> None:
    page = Pages(user).client.get("/", {"q": text})
    assert shown(page) == {found: 1}


def test_nothing_found_says_so(user: User) -> None:
    page = text_of(Pages(user).client.get("/", {"q": "nothing like it"}))
    assert "No project is called like this" in page
    assert "You are in no organization yet" not in page


@pytest.mark.parametrize("text", [*NASTY, "%", "_", "\\"])
def test_nonsense_is_searched_for_as_it_stands(user: User, text: str) -> None:
    assert Pages(user).client.get("/", {"all": "1", "q": text[:4000]}).status_code == 200


def test_nobody_finds_others_projects(user: User) -> None:
    project_of(organization_with(), "Bot of somebody else")
    assert shown(Pages(user).client.get("/", {"q": "somebody else"})) == {}


def test_searching_leads_to_no_project_by_itself(user: User) -> None:
    """Not even to the one that was opened last."""
    client = Pages(user).client
    client.get(reverse("orgs:project_home", args=[user.project_memberships.get().project_id]))
    assert client.get("/").status_code == 302
    assert client.get("/", {"q": "bot"}).status_code == 200


def test_the_switcher_is_searched_where_there_are_many(user: User) -> None:
    few = organization_with()
    for n in range(SEARCHED_FROM):
        project_of(few, f"Bot {n}")
    assert SEARCH_OF_SWITCHER not in Pages(administrator_of(few)).client.get("/?all=1").content.decode()
    project_of(few, "One more")
    assert SEARCH_OF_SWITCHER in Pages(administrator_of(few)).client.get("/?all=1").content.decode()
    assert len(Pages(user).client.get("/?all=1").context["nav"].projects) == SWITCHER_LIMIT


def test_the_page_costs_the_same_however_many(user: User) -> None:
    client = Pages(user).client

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/?all=1").status_code == 200
        return len(queries)

    cost()
    before = cost()
    for _n in range(5):
        organization = organization_with()
        organization_member(organization, "viewer", user)
        project_member(project_of(organization), user=user)
    assert cost() == before
