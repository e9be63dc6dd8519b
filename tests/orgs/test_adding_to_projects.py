"""People added to an organization and a project at once; finding those to add (docs/rules.md, Invitations)."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orgs.models import Invitation, OrganizationMembership, ProjectMembership, ProjectRole, User
from orgs.operations import archive_project
from orgs.views import members
from tests.builders import Desk, organization_member, person, project_member, project_of
from tests.pages import Pages, said, text_of


@pytest.fixture
def pages(desk: Desk) -> Pages:
    """The Administrator's."""
    return Pages(desk.administrator, desk.project)


def add(desk: Desk, pages: Pages, emails: str, **fields: Any) -> Any:
    url = reverse("orgs:organization_members", args=[desk.project.organization_id])
    return pages.client.post(url, {"emails": emails, "role": "viewer", **fields})


def test_all_of_a_list_come_into_the_chosen_project_too(desk: Desk, pages: Pages) -> None:
    account, there, in_both = person(), organization_member(desk.project.organization), desk.person("viewer")
    emails = f"{account.email}, {there.email}, {in_both.email}, new@example.org"
    answer = add(desk, pages, emails, project=desk.project.pk, project_role="contributor")
    assert said(answer) == ["2 added, 1 invited, 1 already a member."]
    for user in (account, there):
        assert ProjectMembership.objects.get(user=user, project=desk.project).role == "contributor"
    assert ProjectMembership.objects.get(user=in_both).role == "viewer"
    assert OrganizationMembership.objects.get(user=account).role == "viewer"
    invitation = Invitation.objects.get()
    assert list(invitation.projects.values_list("project", "role")) == [(desk.project.pk, "contributor")]


def test_without_a_project_they_come_into_none(desk: Desk, pages: Pages) -> None:
    user = person()
    assert add(desk, pages, user.email, project="", project_role="moderator").status_code == 302
    assert not ProjectMembership.objects.filter(user=user).exists()


def test_projects_out_of_reach_are_refused_alike(desk: Desk, pages: Pages, other_desk: Desk) -> None:
    archived = project_of(desk.project.organization)
    archive_project(archived, by=desk.by())
    for pk in (other_desk.project.pk, archived.pk, uuid4(), "x", "\x00", "x" * 1_000_000):
        answer = add(desk, pages, "new@example.org", project=pk)
        assert answer.status_code == 422, str(pk)[:40]
        assert "new@example.org" in answer.context["form"]["emails"].value()
    assert not Invitation.objects.exists()


def test_what_is_chosen_stays_chosen_for_what_is_left_to_mend(desk: Desk, pages: Pages) -> None:
    answer = add(desk, pages, "nobody", project=desk.project.pk, project_role="moderator")
    form = answer.context["form"]
    assert (answer.status_code, form["project"].value(), form["project_role"].value()) == (
        422, str(desk.project.pk), "moderator",
    )  # fmt: skip


def test_an_organization_without_projects_is_not_asked_for_one(desk: Desk, pages: Pages) -> None:
    url = reverse("orgs:organization_members", args=[desk.project.organization_id])
    assert "Also in the project" in text_of(pages.client.get(url))
    archive_project(desk.project, by=desk.by())
    assert "Also in the project" not in text_of(pages.client.get(url))


# Candidates


def found(pages: Pages, text: str) -> list[str]:
    return [one["value"] for one in pages.get("orgs:project_candidates", q=text).json()["people"]]


def test_people_of_the_organization_are_found_by_name_or_address(desk: Desk, pages: Pages) -> None:
    user = organization_member(desk.project.organization)
    User.objects.filter(pk=user.pk).update(first_name="José", last_name="Ibáñez")
    assert found(pages, "jose iba") == found(pages, user.email.upper()) == [user.email]
    for nobody in (desk.agent(), person()):
        assert found(pages, nobody.email) == []
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert found(pages, user.email) == []


@pytest.mark.parametrize("text", ["", "%", "\x00", "x" * 10_000])
def test_nonsense_finds_nobody_or_all(desk: Desk, pages: Pages, text: str) -> None:
    assert pages.get("orgs:project_candidates", q=text).status_code == 200


def test_only_a_part_is_answered_at_the_same_cost(desk: Desk, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "FOUND", 3)
    monkeypatch.setattr(members, "PROPOSED", 2)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            found(pages, "example.org")
            pages.get("orgs:project_members")
        return len(queries)

    assert "data-search-url" not in pages.get("orgs:project_members").content.decode()
    organization_member(desk.project.organization)
    before = cost()
    for _n in range(5):
        organization_member(desk.project.organization)
    assert cost() == before
    assert len(found(pages, "example.org")) == 3
    page = pages.get("orgs:project_members")
    assert len(page.context["candidates"]) == 2
    assert "data-search-url" in page.content.decode()


def test_who_manages_no_members_searches_nobody(desk: Desk) -> None:
    for role in (ProjectRole.CONTRIBUTOR, ProjectRole.ATTENDANT, ProjectRole.VIEWER):
        user = project_member(desk.project, role)
        assert Pages(user, desk.project).get("orgs:project_candidates", q="a").status_code == 403


# Archiving tells the number


def test_the_settings_say_how_many_tickets_are_open(desk: Desk, pages: Pages) -> None:
    assert "No ticket is open." in text_of(pages.get("orgs:project_settings"))
    for _n in range(2):
        desk.open_ticket()
    assert "2 tickets are open and must be closed first." in text_of(pages.get("orgs:project_settings"))
