"""Who is offered what in the rail and in the sections (docs/design.md, Pages)."""

from typing import Any

import pytest
from django.urls import reverse

from orgs import hooks
from orgs.models import ProjectRole, User
from tests.builders import Desk
from tests.pages import Pages

RAIL = ["Desk", "Live", "Agents", "History", "Dashboard", "Settings"]
SETTINGS = [
    *("Sectors", "Members", "Flow", "API tokens", "Reasons for pauses"),
    *("Configuration as a file", "Audit log", "Project"),
]


def nav(desk: Desk, user: User, page: str, *more: Any) -> Any:
    answer = Pages(user, desk.project).get(page, *more)
    assert answer.status_code == 200
    return answer.context["nav"]


def labels(items: Any) -> list[str]:
    return [item.label for item in items]


def test_the_rail_holds_what_is_used_all_day_and_one_way_to_what_is_set_up_once(desk: Desk) -> None:
    agent = desk.agent()
    assert labels(nav(desk, desk.administrator, "reports:history").items) == RAIL
    assert labels(nav(desk, desk.manager(), "reports:history").items) == RAIL
    assert labels(nav(desk, agent, "reports:history").items) == ["Desk", "History", "Dashboard"]


def test_settings_show_each_what_they_may_change(desk: Desk) -> None:
    desk.agent()
    assert labels(nav(desk, desk.manager(), "sectors:list").section.items) == ["Sectors"]
    contributor = labels(nav(desk, desk.person(ProjectRole.CONTRIBUTOR), "sectors:list").section.items)
    assert contributor == ["Getting started", "Sectors", "Reasons for pauses", "Configuration as a file"]
    assert labels(nav(desk, desk.administrator, "sectors:list").section.items) == ["Getting started", *SETTINGS]
    assert nav(desk, desk.administrator, "reports:history").section is None


def test_the_checklist_is_looked_up_for_those_who_would_see_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(hooks.is_set_up, "_answer", lambda *args: bool(asked.append(args)))
    nav(desk, desk.manager(), "sectors:list")
    nav(desk, desk.administrator, "reports:history")
    assert asked == []
    nav(desk, desk.administrator, "sectors:list")
    assert asked == [(desk.project, desk.administrator)]


def test_getting_started_goes_when_all_is_done(desk: Desk) -> None:
    desk.agent()
    checklist = Pages(desk.administrator, desk.project).get("setup:checklist")
    assert not checklist.context["checklist"].is_done
    assert labels(checklist.context["nav"].section.items)[0] == "Getting started"
    assert checklist.context["nav"].items[-1].url == Pages(None, desk.project).url("sectors:list")
    desk.open_ticket()
    checklist = Pages(desk.administrator, desk.project).get("setup:checklist")
    assert checklist.context["checklist"].is_done
    assert labels(checklist.context["nav"].section.items) == SETTINGS


@pytest.mark.parametrize(
    ("page", "things", "entry"),
    [
        ("sectors:hours", ["sector"], "Sectors"),
        ("queues:detail", ["queue"], "Sectors"),
        ("tags:detail", ["tag"], "Sectors"),
        ("tickets:attending", ["sector"], "Sectors"),
        ("tickets:callbacks", [], "Flow"),
        ("active_messages:engine", [], "Flow"),
        ("orgs:project_token_new", [], "API tokens"),
        ("queues:pauses", [], "Reasons for pauses"),
        ("setup:configuration", [], "Configuration as a file"),
        ("orgs:project_audit", [], "Audit log"),
        ("orgs:project_settings", [], "Project"),
    ],
)
def test_each_page_of_the_settings_is_marked(desk: Desk, page: str, things: list[str], entry: str) -> None:
    keys = {"sector": desk.sector.pk, "queue": desk.queue.pk, "tag": desk.tags[0].pk}
    found = nav(desk, desk.administrator, page, *(keys[thing] for thing in things))
    assert found.section.current.label == entry
    assert [item.label for item in found.items if item.active] == ["Settings"]


def test_an_organization_is_a_section_beside_the_project_used_last(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    organization = desk.project.organization
    found = pages.client.get(f"/organizations/{organization.pk}/members/").context["nav"]
    assert found.section.title == organization.name
    assert found.section.current.label == "Members"
    assert labels(found.items) == RAIL
    assert found.project == desk.project


def test_a_page_about_an_organization_names_it_and_the_project_of_the_rail(desk: Desk) -> None:
    client = Pages(desk.administrator, desk.project).client
    made = client.post(reverse("orgs:organization_new"), {"name": "Padaria"}, follow=True)
    page = made.content.decode()
    assert '<span class="switcher__name">Padaria</span>' in page
    assert f'title="{desk.project.name}"' in page.split('class="rail__project"')[1].split(">")[0]
    assert 'aria-current="true"' not in page.split('class="dropdown-menu"')[1].split("</div>")[0]
    project = Pages(desk.administrator, desk.project).get("reports:history").content.decode()
    assert f'<span class="switcher__name">{desk.project.name}</span>' in project
    assert "rail__project" not in project


def test_a_new_organization_is_made_on_the_list_of_all(desk: Desk) -> None:
    page = Pages(desk.administrator, desk.project).client.get(reverse("orgs:organization_new")).content.decode()
    assert '<details class="adder" name="adder" open>' in page
    assert reverse("orgs:project_home", args=[desk.project.pk]) in page
