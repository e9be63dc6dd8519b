"""A new agent is told what they wait for (docs/rules.md, Roles of a project)."""

import re

import pytest
from django.urls import reverse

from orgs.access import helpers_of, people
from orgs.models import ProjectRole, User
from sectors import operations as sectors
from sectors.models import Sector
from tests.builders import Desk, member, put_on, sector_in
from tests.pages import Pages, text_of


def told(page: str) -> str:
    return page.partition("They can put you on a queue")[2]


def test_an_agent_without_a_queue_is_told_who_can_put_them_on_one(desk: Desk) -> None:
    moderator, agent = desk.person(ProjectRole.MODERATOR), desk.person(ProjectRole.ATTENDANT)
    pages = Pages(agent, desk.project)
    for name in ("orgs:project_home", "tickets:desk"):
        answer = pages.get(name)
        assert answer.status_code == 200
        page = text_of(answer)
        assert "You are on no queue yet" in page
        assert f"{moderator.name} Moderator" in told(page)
        assert f"{desk.administrator.name} Administrator" in told(page)
        assert agent.name not in told(page)
        assert f'href="mailto:{moderator.email}"' in answer.content.decode()
    put_on(desk.queue, agent)
    assert pages.get("orgs:project_home")["Location"] == reverse("tickets:desk", args=[desk.project.pk])
    assert "You are on no queue yet" not in text_of(pages.get("tickets:desk"))


def test_managers_come_first_with_their_sectors(desk: Desk) -> None:
    agent, manager = desk.person(ProjectRole.ATTENDANT), desk.person(ProjectRole.ATTENDANT)
    sector_in(desk.project, "Sales", managers=[manager])
    sector_in(desk.project, "Help", managers=[manager])
    gone = sector_in(desk.project, "Archived", managers=[desk.person(ProjectRole.ATTENDANT)])
    sectors.archive_sector(gone, by=desk.by())
    helpers, more = helpers_of(member(agent, desk.project))
    assert [(one.user, one.office) for one in helpers] == [
        (manager, "Manager of Help, Sales"),
        (desk.administrator, "Administrator"),
    ]
    assert more == 0
    assert f"{manager.name} Manager of Help, Sales" in text_of(Pages(agent, desk.project).get("orgs:project_home"))


def test_who_lost_access_or_is_of_another_project_is_not_named(desk: Desk, other_desk: Desk) -> None:
    agent, former = desk.person(ProjectRole.ATTENDANT), desk.person(ProjectRole.MODERATOR)
    User.objects.filter(pk=former.pk).update(is_active=False)
    sector_in(other_desk.project, "Elsewhere", managers=[other_desk.person(ProjectRole.ATTENDANT)])
    helpers, _more = helpers_of(member(agent, desk.project))
    assert [one.user for one in helpers] == [desk.administrator]


@pytest.mark.parametrize("count", [people.HELPERS, people.HELPERS + 1, people.HELPERS + 5])
def test_a_few_are_named_and_the_others_counted(desk: Desk, count: int) -> None:
    agent = desk.person(ProjectRole.ATTENDANT)
    for _n in range(count - 1):
        desk.person(ProjectRole.MODERATOR)
    page = text_of(Pages(agent, desk.project).get("orgs:project_home"))
    found = re.search(r"and (\d+) more", page)
    assert (int(found[1]) if found else 0) == count - people.HELPERS


def test_the_addresses_of_people_whom_the_agent_may_not_see_are_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = desk.person(ProjectRole.ATTENDANT)
    monkeypatch.setattr(people, "known_to", lambda _member: people.Q(pk__in=[]))
    page = Pages(agent, desk.project).get("orgs:project_home").content.decode()
    assert desk.administrator.name in page
    assert desk.administrator.email not in page


def test_who_watches_a_project_sees_its_desk(desk: Desk) -> None:
    contributor = Pages(desk.person(ProjectRole.CONTRIBUTOR), desk.project)
    assert "You are on no queue yet" not in text_of(contributor.get("tickets:desk"))
    assert Sector.objects.filter(project=desk.project).exists()


def test_a_viewer_is_told_who_can_give_them_another_role(desk: Desk) -> None:
    viewer, moderator = desk.person(ProjectRole.VIEWER), desk.person(ProjectRole.MODERATOR)
    manager, contributor = desk.manager(), desk.person(ProjectRole.CONTRIBUTOR)
    answer = Pages(viewer, desk.project).get("orgs:project_home")
    page = text_of(answer).partition("They can give you another role")[2]
    assert f"{moderator.name} Moderator" in page
    assert f"{desk.administrator.name} Administrator" in page
    assert manager.name not in page
    assert contributor.name not in page
