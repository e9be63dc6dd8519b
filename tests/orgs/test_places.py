"""Organizations and projects: renamed, archived, brought back (docs/rules.md, Archiving)."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs import operations as orgs
from orgs.access import Actor, member_of, organization_member
from orgs.models import AuditEntry, Organization, OrganizationRole, Project, ProjectRole
from tests.builders import Desk, administrator_of, organization_with, project_of
from tests.builders import organization_member as join
from tests.pages import NASTY, text_of
from tests.refusals import refused, refused_by
from tickets.models import Ticket


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def by_administrator(organization: Organization) -> Actor:
    return Actor(user=administrator_of(organization))


# Archiving


def test_an_archived_project_is_reached_by_nobody_and_comes_back_whole(desk: Desk) -> None:
    agent = desk.agent()
    orgs.archive_project(desk.project, by=by_administrator(desk.project.organization))
    for user in (agent, desk.administrator):
        assert member_of(user, desk.project.pk) is None
        assert browser(user).get(reverse("tickets:desk", args=[desk.project.pk])).status_code == 404
    orgs.restore_project(desk.project, by=by_administrator(desk.project.organization))
    member = member_of(agent, desk.project.pk)
    assert member is not None
    assert member.queue_ids == {desk.queue.pk}


def test_a_project_with_open_tickets_is_not_archived(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused("project_has_open_tickets"):
        orgs.archive_project(desk.project, by=by_administrator(desk.project.organization))
    desk.close(ticket)
    orgs.archive_project(desk.project, by=by_administrator(desk.project.organization))


def test_archiving_and_restoring_twice_is_once(desk: Desk) -> None:
    for _time in range(2):
        orgs.archive_project(desk.project, by=by_administrator(desk.project.organization))
    for _time in range(2):
        orgs.restore_project(desk.project, by=by_administrator(desk.project.organization))
    actions = AuditEntry.objects.filter(project=desk.project, action__in=["project.archived", "project.restored"])
    assert sorted(actions.values_list("action", flat=True)) == ["project.archived", "project.restored"]


def test_an_organization_is_archived_once_its_projects_are(desk: Desk) -> None:
    organization = desk.project.organization
    with refused("organization_has_live_projects"):
        orgs.archive_organization(organization, by=by_administrator(organization))
    orgs.archive_project(desk.project, by=by_administrator(desk.project.organization))
    orgs.archive_organization(organization, by=by_administrator(organization))
    assert organization_member(desk.administrator, organization.pk) is None
    with refused("organization_archived"):
        orgs.restore_project(desk.project, by=by_administrator(desk.project.organization))
    orgs.restore_organization(organization, by=by_administrator(organization))
    orgs.restore_project(desk.project, by=by_administrator(desk.project.organization))
    assert member_of(desk.administrator, desk.project.pk) is not None


# Around the code


def test_the_database_keeps_open_tickets_out_of_archived_projects(desk: Desk) -> None:
    ticket = desk.open_ticket()
    with refused_by("project_has_open_tickets"):
        Project.objects.filter(pk=desk.project.pk).update(archived_at=ticket.opened_at)
    desk.close(ticket)
    Project.objects.filter(pk=desk.project.pk).update(archived_at=ticket.opened_at)
    with refused("archived"):
        desk.open_ticket()
    assert not Ticket.objects.open().filter(project=desk.project).exists()


def test_the_database_keeps_live_projects_out_of_archived_organizations(desk: Desk) -> None:
    organization = desk.project.organization
    with refused_by("organization_has_live_projects"):
        Organization.objects.filter(pk=organization.pk).update(archived_at=desk.project.created_at)
    Project.objects.update(archived_at=desk.project.created_at)
    Organization.objects.filter(pk=organization.pk).update(archived_at=desk.project.created_at)
    with refused_by("project_in_live_organization"):
        Project.objects.filter(pk=desk.project.pk).update(archived_at=None)
    with refused_by("project_in_live_organization"):
        Project.objects.create(organization=organization, name="New", slug="new")


# The pages


def test_an_organization_is_renamed_on_its_settings_page(organization: Organization) -> None:
    page = reverse("orgs:organization_settings", args=[organization.pk])
    client = browser(administrator_of(organization))
    assert client.post(page, {"name": "New name"}).status_code == 302
    assert Organization.objects.get(pk=organization.pk).name == "New name"
    assert "New name" in text_of(client.get(page))


def test_a_project_is_renamed_and_archived_on_its_settings_page(desk: Desk) -> None:
    client, project = browser(desk.person(ProjectRole.MODERATOR)), desk.project
    page = reverse("orgs:project_settings", args=[project.pk])
    assert client.post(page, {"name": "New name"}).status_code == 302
    assert Project.objects.get(pk=project.pk).name == "New name"
    assert "An Administrator of the organization can bring it back." in text_of(client.get(page))
    answer = client.post(reverse("orgs:project_archive", args=[project.pk]))
    assert answer.headers["Location"] == "/?all=1"
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("name", NASTY)
def test_a_bad_name_is_refused_and_stays_typed(desk: Desk, name: str) -> None:
    client = browser(desk.administrator)
    for page in (
        reverse("orgs:organization_settings", args=[desk.project.organization_id]),
        reverse("orgs:project_settings", args=[desk.project.pk]),
    ):
        assert client.post(page, {"name": name}).status_code in {302, 422}


def test_open_tickets_are_said_to_be_closed_first(desk: Desk) -> None:
    desk.open_ticket()
    client = browser(desk.administrator)
    page = reverse("orgs:project_settings", args=[desk.project.pk])
    answer = client.post(reverse("orgs:project_archive", args=[desk.project.pk]), HTTP_REFERER=page, follow=True)
    assert "The project has 1 open ticket. Close it first." in text_of(answer)


def test_the_way_to_the_archive_and_back_by_the_pages_alone(desk: Desk) -> None:
    client, organization = browser(desk.administrator), desk.project.organization
    answer = client.post(reverse("orgs:project_archive", args=[desk.project.pk]), follow=True)
    assert desk.project.name in text_of(answer)
    assert client.post(reverse("orgs:organization_archive", args=[organization.pk])).status_code == 302
    home = client.get("/?all=1").content.decode()
    assert reverse("orgs:organization_restore", args=[organization.pk]) in home
    assert client.get(reverse("orgs:organization", args=[organization.pk])).status_code == 404
    answer = client.post(reverse("orgs:organization_restore", args=[organization.pk]), follow=True)
    restore = reverse("orgs:project_restore", args=[organization.pk, desk.project.pk])
    assert restore in answer.content.decode()
    assert client.post(restore).status_code == 302
    assert client.get(reverse("setup:checklist", args=[desk.project.pk])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["contributor", "viewer", "financial"])
def test_nobody_else_knows_of_an_archived_organization(role: str) -> None:
    organization = organization_with()
    member = join(organization, role)
    orgs.archive_organization(organization, by=by_administrator(organization))
    assert "archived organization" not in text_of(browser(member).get("/?all=1"))
    assert browser(member).post(reverse("orgs:organization_restore", args=[organization.pk])).status_code == 404


def test_another_organizations_project_is_not_restored_from_here(desk: Desk, other_desk: Desk) -> None:
    orgs.archive_project(other_desk.project, by=other_desk.by())
    client = browser(desk.administrator)
    for project in (other_desk.project.pk, uuid4()):
        path = reverse("orgs:project_restore", args=[desk.project.organization_id, project])
        assert client.post(path).status_code == 404


def test_many_projects_come_in_pages_by_name_none_twice_none_left_out(organization: Organization) -> None:
    member = join(organization, OrganizationRole.VIEWER)
    made = [project_of(organization, f"Project {n % 40:02}") for n in range(130)]
    client, path = browser(member), reverse("orgs:organization", args=[organization.pk])
    seen, page = [], client.get(path)
    for _page in range(10):
        seen += [item["project"].pk for item in page.context["projects"]]
        if not page.context["older_url"]:
            break
        page = client.get(path + page.context["older_url"])
    assert len(seen) == len(set(seen)) == 130
    assert set(seen) == {project.pk for project in made}
    found = client.get(path, {"q": "project 07"}).context["projects"]
    assert {item["project"].name for item in found} == {"Project 07"}


@pytest.mark.parametrize("after", ["x", "|", "01a2094e-338b-72ce-8a53-bab458fcf980|", "\x00|a", "1|2|3"])
def test_a_key_of_no_page_is_the_beginning(desk: Desk, after: str) -> None:
    path = reverse("orgs:organization", args=[desk.project.organization_id])
    assert browser(desk.administrator).get(path, {"after": after}).status_code == 200


def test_the_page_costs_the_same_however_many_projects(organization: Organization) -> None:
    client = browser(administrator_of(organization))
    path = reverse("orgs:organization", args=[organization.pk])
    # The frame is that of a project that was opened.
    client.get(reverse("orgs:project_settings", args=[project_of(organization).pk]))
    client.get(path)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    before = cost()
    for _n in range(20):
        project_of(organization)
    assert cost() == before


# The API


def test_all_of_it_over_the_api(desk: Desk) -> None:
    client = browser(desk.administrator)

    def call(method: str, path: str, **body: str):
        answer = client.generic(method, f"/api/v1/{path}/", json.dumps(body), "application/json")
        return answer.status_code, answer.json()

    status, organization = call("POST", "organizations", name="New")
    assert (status, organization["name"]) == (201, "New")
    place = f"organizations/{organization['id']}"
    assert call("PATCH", place, name="Newer")[1]["name"] == "Newer"
    status, project = call("POST", f"{place}/projects", name="First")
    assert (status, project["organization"]["name"]) == (201, "Newer")
    assert call("PATCH", f"projects/{project['id']}", name="Second")[1]["name"] == "Second"
    assert call("POST", f"{place}/archive")[1]["code"] == "organization_has_live_projects"
    assert call("POST", f"projects/{project['id']}/archive")[0] == 200
    assert call("POST", f"{place}/archive")[0] == 200
    assert call("PATCH", place, name="Gone")[0] == 404
    assert call("POST", f"{place}/restore")[0] == 200
    assert call("POST", f"{place}/projects/{project['id']}/restore")[0] == 200
    assert call("PATCH", f"projects/{project['id']}", name="Third")[1]["name"] == "Third"


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"name": ""}', '{"name": 5}', '{"name": "' + "x" * 81 + '"}'])
def test_the_api_refuses_what_is_no_name(desk: Desk, body: str) -> None:
    client = browser(desk.administrator)
    for method, path in (
        ("POST", "organizations"),
        ("POST", f"organizations/{desk.project.organization_id}/projects"),
        ("PATCH", f"projects/{desk.project.pk}"),
    ):
        assert client.generic(method, f"/api/v1/{path}/", body, "application/json").status_code == 400, path
