"""A new agent is told what they wait for (docs/rules.md, Roles of a project)."""

from django.urls import reverse

from orgs.models import ProjectRole
from tests.builders import Desk, put_on
from tests.pages import Pages, text_of


def test_an_agent_without_a_queue_is_told_who_can_put_them_on_one(desk: Desk) -> None:
    moderator, agent = desk.person(ProjectRole.MODERATOR), desk.person(ProjectRole.ATTENDANT)
    pages = Pages(agent, desk.project)
    for name in ("orgs:project_home", "tickets:desk"):
        answer = pages.get(name)
        assert answer.status_code == 200
        page = text_of(answer)
        assert "You are on no queue yet" in page
        told = page.partition("Tickets come to you")[2].partition("can put you on one.")[0]
        assert moderator.name in told
        assert desk.administrator.name in told
        assert agent.name not in told
    put_on(desk.queue, agent)
    assert pages.get("orgs:project_home")["Location"] == reverse("tickets:desk", args=[desk.project.pk])
    assert "You are on no queue yet" not in text_of(pages.get("tickets:desk"))


def test_who_watches_a_project_sees_its_desk(desk: Desk) -> None:
    contributor = Pages(desk.person(ProjectRole.CONTRIBUTOR), desk.project)
    assert "You are on no queue yet" not in text_of(contributor.get("tickets:desk"))
