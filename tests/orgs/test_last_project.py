"""Which project's frame stays around pages that belong to none (orgs.access.last_project)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from orgs.models import Organization, Project, User
from tests.builders import Desk, organization_member, project_member, project_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk.set_up()


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def frame(client: Client, path: str = "/profile/", **options: Any) -> Any:
    """Return the navigation of a page."""
    return client.get(path, **options).context["nav"]


def second_project(desk: Desk, user: User) -> Project:
    project = project_of(desk.project.organization)
    project_member(project, user=user)
    return project


def test_it_is_the_one_whose_page_was_opened_last(desk: Desk) -> None:
    agent = desk.agent_online()
    other = second_project(desk, agent)
    client = signed_in(agent)
    assert frame(client).project is None
    for project in (desk.project, other, desk.project):
        client.get(reverse("tickets:desk", args=[project.pk]))
        # A part of a page in another tab changes nothing.
        elsewhere = desk.project if project == other else other
        client.get(reverse("tickets:worklist", args=[elsewhere.pk]), headers={"X-Requested-With": "desk"})
        assert frame(client).project == project
        assert frame(client).member.project == project
    assert frame(client).status["value"] == "online"


def test_the_only_project_needs_no_visit(desk: Desk) -> None:
    agent = desk.agent_online()
    assert frame(signed_in(agent)).project == desk.project


def test_it_ends_with_the_access(desk: Desk) -> None:
    agent = desk.agent_online()
    second_project(desk, agent)
    client = signed_in(agent)
    client.get(reverse("tickets:desk", args=[desk.project.pk]))
    desk.remove(agent)
    assert frame(client).project is None


def test_a_project_that_asks_for_a_second_step_is_closed_here_too(desk: Desk) -> None:
    agent = desk.agent_online()
    client = signed_in(agent)
    assert frame(client).project == desk.project
    Organization.objects.filter(pk=desk.project.organization_id).update(requires_two_factors=True)
    assert frame(client).project is None
    assert "data-live-url" not in client.get("/profile/").content.decode()


def test_an_organization_keeps_its_own_navigation(desk: Desk) -> None:
    client = signed_in(desk.administrator)
    client.get(reverse("tickets:desk", args=[desk.project.pk]))
    shown = frame(client, reverse("orgs:organization", args=[desk.project.organization_id]))
    assert shown.project == desk.project
    assert shown.items[0].url == reverse("tickets:desk", args=[desk.project.pk])
    assert shown.section.items[0].url == reverse("orgs:organization", args=[desk.project.organization_id])


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """The page of roles fails with the exception in the list."""
    failure: list[Exception] = [RuntimeError("broken")]

    def fail(*_args: Any, **_values: Any) -> None:
        raise failure[0]

    monkeypatch.setattr("orgs.views.roles.render", fail)
    yield failure


def test_errors_keep_the_frame(desk: Desk, failing: list[Exception]) -> None:
    client = signed_in(desk.agent_online())
    live = f'data-live-url="/live/{desk.project.pk}/"'
    for path, status in (
        ("/nowhere/", 404),
        (reverse("orgs:project_members", args=[desk.project.pk]), 403),
        ("/roles/", 500),
    ):
        answer = client.get(path)
        assert answer.status_code == status
        page = answer.content.decode()
        assert live in page
        assert 'id="agent-status"' in page
        # A script gets no frame, nor does a stranger.
        assert 'id="agent-status"' not in client.get(path, headers={"X-Requested-With": "x"}).content.decode()
    assert 'class="bar"' not in Client().get("/nowhere/").content.decode()


def test_the_page_of_a_failed_database_asks_it_nothing(desk: Desk, failing: list[Exception]) -> None:
    failing[0] = OperationalError("gone")
    client = signed_in(desk.agent_online())
    answer = client.get("/roles/")
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "Back in a moment" in page
    assert "data-live-url" not in page


def test_an_error_of_the_frame_itself_leaves_the_plain_page(
    desk: Desk, failing: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_user: User) -> None:
        raise RuntimeError("broken too")

    monkeypatch.setattr("orgs.context_processors.projects_of", fail)
    answer = signed_in(desk.agent_online()).get("/roles/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_who_belongs_to_no_project_has_none(desk: Desk) -> None:
    person = organization_member(desk.project.organization)
    assert frame(signed_in(person)).project is None
