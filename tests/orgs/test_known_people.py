"""Whose name and address a member may see (docs/rules.md, People of the organization)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orgs.access import OrganizationMember, TokenMember, known_to, organization_token_member
from orgs.models import OrganizationRole, ProjectRole, TokenScope, User
from tests.builders import Desk, member, organization_member, person, project_member, project_of
from tests.flow import token_for
from tests.pages import Pages, text_of


def known(to: Any, **more: str) -> set[User]:
    return set(User.objects.filter(known_to(to, **more)))


@pytest.fixture
def stranger(desk: Desk) -> User:
    """Somebody of the organization who is in another project alone."""
    return project_member(project_of(desk.project.organization), word="elsewhere")


def test_who_shares_a_project_is_known(desk: Desk, stranger: User) -> None:
    moderator, agent = desk.person(ProjectRole.MODERATOR), desk.agent()
    without_project = organization_member(desk.project.organization)
    place = member(moderator, desk.project)
    assert known(place) == {moderator, agent, desk.administrator}
    shared = project_of(desk.project.organization)
    for user in (moderator, stranger):
        project_member(shared, ProjectRole.VIEWER, user=user)
    assert known(place) == {moderator, agent, desk.administrator, stranger}
    assert without_project not in known(place)


@pytest.mark.parametrize("role", [OrganizationRole.VIEWER, OrganizationRole.CONTRIBUTOR, OrganizationRole.FINANCIAL])
def test_no_role_below_administrator_shows_everybody(desk: Desk, stranger: User, role: str) -> None:
    moderator = person("moderator")
    organization_member(desk.project.organization, role, user=moderator)
    project_member(desk.project, ProjectRole.MODERATOR, user=moderator)
    assert stranger not in known(member(moderator, desk.project))
    assert stranger not in known(OrganizationMember(moderator, desk.project.organization, role))


def test_an_administrator_of_the_organization_sees_everybody(desk: Desk, stranger: User) -> None:
    place = member(desk.administrator, desk.project)
    assert stranger in known(place)
    assert stranger in known(
        OrganizationMember(desk.administrator, desk.project.organization, OrganizationRole.ADMINISTRATOR)
    )


def test_nobody_of_another_organization_is_known_even_by_their_address(desk: Desk, other_desk: Desk) -> None:
    outsider = other_desk.agent()
    for user in (desk.administrator, desk.person(ProjectRole.MODERATOR)):
        assert outsider not in known(member(user, desk.project), address=outsider.email)
    # A project that both are in, elsewhere, does not count here.
    moderator = desk.person(ProjectRole.MODERATOR)
    project_member(other_desk.project, user=moderator)
    assert outsider not in known(member(moderator, desk.project))


def test_the_whole_address_finds_somebody(desk: Desk, stranger: User) -> None:
    place = member(desk.person(ProjectRole.MODERATOR), desk.project)
    assert stranger in known(place, address=f" {stranger.email.upper()} ")
    for part in (stranger.email[:-1], stranger.email.split("@")[0], "@example.org", ""):
        assert stranger not in known(place, address=part)


def test_programs_see_what_they_reach(desk: Desk, stranger: User) -> None:
    token, _secret = token_for(desk, scopes=[TokenScope.ADMINISTER])
    assert known(TokenMember.of(token, desk.project)) == {desk.administrator}
    token.project = None
    whole = organization_token_member(token, desk.project.organization_id)
    assert whole is not None
    assert stranger in known(whole)


# Pages and API


def test_a_moderator_is_suggested_those_they_know_and_finds_others_by_their_address(
    desk: Desk, stranger: User
) -> None:
    moderator = desk.person(ProjectRole.MODERATOR)
    colleague = project_member(project_of(desk.project.organization), word="colleague")
    shared = project_of(desk.project.organization)
    for user in (moderator, colleague):
        project_member(shared, user=user)
    pages = Pages(moderator, desk.project)

    def found(text: str) -> list[str]:
        return [one["value"] for one in pages.get("orgs:project_candidates", q=text).json()["people"]]

    page = pages.get("orgs:project_members")
    assert page.context["candidates"] == [desk.administrator, colleague]
    assert stranger.email not in page.content.decode()
    assert "add anybody else by their whole e-mail address" in text_of(page)
    assert found(stranger.first_name) == found(stranger.email[:-3]) == []
    assert found("") == [desk.administrator.email, colleague.email]
    assert found(stranger.email) == [stranger.email]
    pages.post("orgs:project_members", emails=stranger.email, role=ProjectRole.ATTENDANT)
    assert stranger.project_memberships.filter(project=desk.project).exists()
    assert "data-search-url" in page.content.decode()


def test_the_audit_log_suggests_those_the_reader_knows(desk: Desk, stranger: User) -> None:
    moderator, agent = desk.person(ProjectRole.MODERATOR), desk.agent()
    page = Pages(moderator, desk.project).get("orgs:project_audit")
    assert set(page.context["candidates"]) == {moderator, agent, desk.administrator}
    whole = reverse("orgs:organization_audit", args=[desk.project.organization_id])
    assert stranger in Pages(desk.administrator).client.get(whole).context["candidates"]


def test_the_api_names_a_moderator_nobody_they_do_not_know(desk: Desk, stranger: User) -> None:
    moderator = desk.person(ProjectRole.MODERATOR)
    client = Client()
    client.force_login(moderator)
    project, organization = desk.project.pk, desk.project.organization_id
    listed = client.get(f"/api/v1/projects/{project}/members/?q={stranger.email}")
    assert (listed.status_code, listed.json()["results"]) == (200, [])
    assert client.get(f"/api/v1/organizations/{organization}/members/").status_code == 403
    for text in (stranger.email, stranger.first_name):
        log = client.get(f"/api/v1/projects/{project}/audit/?who={text}")
        assert (log.status_code, log.json()["results"]) == (200, [])
