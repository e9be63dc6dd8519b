"""Home, organizations, profile and preferences."""

from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse

from orgs.models import Organization, OrganizationRole, Project, ProjectRole, User
from orgs.operations import change_project_role
from tests.builders import (
    Desk,
    administrator_of,
    organization_member,
    organization_with,
    person,
    project_member,
    project_of,
)
from tests.pages import NASTY, Pages, said, text_of

# Home


def test_a_stranger_signs_in_first(db: None) -> None:
    answer = Pages(None).client.get("/")
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_somebody_in_nothing_is_told_what_comes_next(db: None) -> None:
    page = text_of(Pages(person()).client.get("/"))
    assert "You are in no organization yet" in page


def test_the_only_project_is_opened_at_once(desk: Desk) -> None:
    pages = Pages(desk.agent(), desk.project)
    answer = pages.client.get("/")
    assert answer.url == pages.url("orgs:project_home")
    assert pages.client.get(answer.url).url == pages.url("tickets:desk")


def test_of_several_projects_the_last_one_is_opened_and_all_are_listed_on_demand(desk: Desk) -> None:
    user = desk.administrator
    other = project_of(desk.project.organization, name="Second bot")
    pages = Pages(user)
    page = text_of(pages.client.get("/"))
    assert desk.project.name in page
    assert "Second bot" in page
    pages.project = other
    pages.get("orgs:project_home")
    assert pages.client.get("/").url == pages.url("orgs:project_home")
    assert desk.project.name in text_of(pages.client.get("/?all=1"))


def test_a_project_that_one_was_removed_from_is_not_opened_again(desk: Desk) -> None:
    agent = desk.agent()
    pages = Pages(agent, desk.project)
    pages.get("orgs:project_home")
    desk.remove(agent)
    page = pages.client.get("/")
    assert page.status_code == 200
    assert "You are in no project here yet" in text_of(page)


def test_each_begins_where_their_work_is(desk: Desk) -> None:
    def begins(user: User) -> str:
        return Pages(user, desk.project).get("orgs:project_home")["Location"].rsplit("/", 2)[1]

    assert begins(desk.administrator) == "start"
    assert begins(desk.person(ProjectRole.CONTRIBUTOR)) == "start"
    assert begins(desk.manager()) == "desk"
    assert begins(desk.agent()) == "desk"
    assert "You are on no queue yet" in text_of(Pages(desk.person(), desk.project).get("orgs:project_home"))


def test_a_viewer_is_told_that_there_is_no_access_to_chats(desk: Desk) -> None:
    pages = Pages(desk.person(ProjectRole.VIEWER), desk.project)
    response = pages.get("orgs:project_home")
    assert "no access to Chats" in text_of(response)
    for name in ("tickets:desk", "sectors:list", "setup:checklist", "orgs:project_members", "reports:history"):
        assert f'href="{pages.url(name)}"' not in response.content.decode()
        assert pages.get(name).status_code == 403


def test_the_navigation_has_only_what_may_be_opened(desk: Desk) -> None:
    links = ("tickets:desk", "reports:history", "sectors:list", "orgs:project_members", "setup:connect")

    def offered(user: User) -> list[str]:
        pages = Pages(user, desk.project)
        page = pages.client.get(pages.get("orgs:project_home").url, follow=True).content.decode()
        return [name for name in links if f'href="{pages.url(name)}"' in page]

    assert offered(desk.agent()) == ["tickets:desk", "reports:history"]
    assert offered(desk.manager()) == ["tickets:desk", "reports:history", "sectors:list"]
    assert offered(desk.person(ProjectRole.CONTRIBUTOR)) == ["tickets:desk", "reports:history", "sectors:list"]
    assert offered(desk.administrator) == list(links)


# Organizations


def test_an_organization_shows_its_projects_and_links_ones_own(project: Project) -> None:
    organization = project.organization
    hidden = project_of(organization, name="Not mine")
    user = project_member(project, ProjectRole.ATTENDANT)
    response = Pages(user).client.get(reverse("orgs:organization", args=[organization.pk]))
    page = response.content.decode()
    assert "Not mine" in page
    assert reverse("orgs:project_home", args=[hidden.pk]) not in page
    assert reverse("orgs:project_home", args=[project.pk]) in page
    assert reverse("orgs:project_new", args=[organization.pk]) not in page


def test_who_sees_an_organization(organization: Organization) -> None:
    url = reverse("orgs:organization", args=[organization.pk])
    assert Pages(organization_member(organization)).client.get(url).status_code == 200
    assert Pages(person()).client.get(url).status_code == 404
    assert Pages(person()).client.get(reverse("orgs:organization", args=[uuid4()])).status_code == 404
    assert Pages(None).client.get(url).status_code == 302


def test_creating_an_organization_then_a_project_leads_to_the_checklist(db: None) -> None:
    user = person()
    client = Pages(user).client
    answer = client.post(reverse("orgs:organization_new"), {"name": " My  shop "})
    organization = Organization.objects.get(name="My shop")
    assert answer.url == reverse("orgs:organization", args=[organization.pk])
    answer = client.post(reverse("orgs:project_new", args=[organization.pk]), {"name": "Bot"})
    assert answer.url == reverse("setup:checklist", args=[Project.objects.get(name="Bot").pk])
    assert client.get(answer.url).status_code == 200


def test_only_administrators_and_contributors_create_projects(organization: Organization) -> None:
    url = reverse("orgs:project_new", args=[organization.pk])
    allowed = {OrganizationRole.ADMINISTRATOR, OrganizationRole.CONTRIBUTOR}
    for role in OrganizationRole.values:
        status = Pages(organization_member(organization, role)).client.get(url).status_code
        assert status == (200 if role in allowed else 403), role


def test_nonsense_as_a_name(organization: Organization) -> None:
    client = Pages(administrator_of(organization)).client
    for url in (reverse("orgs:organization_new"), reverse("orgs:project_new", args=[organization.pk])):
        assert client.post(url).status_code == 422
        for value in NASTY:
            assert client.post(url, {"name": value}).status_code in {302, 422}, value[:20]
        assert client.post(url, {"name": "x" * 81}).status_code == 422


# Profile and preferences

PROFILE = {
    "first_name": "New",
    "last_name": "Name",
    "language": "es",
    "theme": "dark",
    "sound": "on",
    "whole": "1",
}


def test_the_profile_is_saved_and_spoken_at_once(db: None) -> None:
    user = person()
    client = Pages(user).client
    answer = client.post(reverse("orgs:profile"), PROFILE)
    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.name, user.language, user.theme) == ("New Name", "es", "dark")
    assert (user.sound, user.browser_notifications) == (True, False)
    page = client.get(reverse("orgs:profile")).content.decode()
    assert '<html lang="es"' in page
    assert 'data-bs-theme="dark"' in page


@pytest.mark.parametrize("field", ["first_name", "last_name", "language", "theme", "sound"])
def test_nonsense_in_the_profile(db: None, field: str) -> None:
    client = Pages(person()).client
    for value in NASTY:
        assert client.post(reverse("orgs:profile"), PROFILE | {field: value}).status_code in {302, 422}, value[:20]
    assert client.post(reverse("orgs:profile")).status_code == 422


def test_a_profile_that_did_not_arrive_whole_changes_nothing(db: None) -> None:
    user = person()
    client = Pages(user).client
    answer = client.post(reverse("orgs:profile"), {k: v for k, v in PROFILE.items() if k not in {"sound", "whole"}})
    assert answer.status_code == 422
    assert "did not arrive whole" in text_of(answer)
    assert 'value="New"' in answer.content.decode()
    user.refresh_from_db()
    assert user.sound
    assert user.browser_notifications
    assert user.theme == "auto"


def test_theme_and_language_can_be_chosen_before_signing_in(db: None) -> None:
    client = Pages(None).client
    login = reverse("account_login")
    answer = client.post(reverse("orgs:preferences"), {"theme": "dark", "next": login})
    assert answer.url == login
    client.post(reverse("orgs:preferences"), {"language": "pt-br", "next": login})
    page = client.get(login).content.decode()
    assert 'data-bs-theme="dark"' in page
    assert '<html lang="pt-br"' in page
    assert settings.LANGUAGE_COOKIE_NAME in client.cookies


def test_preferences_of_the_signed_in_go_to_the_profile_and_lead_nowhere_else(db: None) -> None:
    user = person()
    client = Pages(user).client
    for target in (
        "https://elsewhere.example/",
        "//elsewhere.example",
        "\\\\elsewhere",
        "javascript:alert(1)",
        "\x00",
    ):
        assert client.post(reverse("orgs:preferences"), {"theme": "light", "next": target}).url == "/"
    client.post(reverse("orgs:preferences"), {"theme": "neon", "language": "xx"})
    user.refresh_from_db()
    assert (user.theme, user.language) == ("light", "")
    assert client.get(reverse("orgs:preferences")).status_code == 405


def test_nobody_signs_up_uninvited(db: None) -> None:
    answer = Pages(None).client.post(
        reverse("account_signup"), {"email": "stranger@example.org", "password1": "a-long-password-1"}
    )
    assert answer.status_code in {200, 302}
    assert not User.objects.filter(email="stranger@example.org").exists()


def test_rights_that_end_end_at_the_next_request(desk: Desk) -> None:
    user = desk.person(ProjectRole.MODERATOR)
    pages = Pages(user, desk.project)
    assert pages.get("orgs:project_members").status_code == 200
    change_project_role(user.project_memberships.get(), ProjectRole.VIEWER, by=desk.by())
    assert pages.get("orgs:project_members").status_code == 403


def test_an_organization_without_projects_says_so(db: None) -> None:
    organization = organization_with()
    viewer = Pages(organization_member(organization))
    assert "can create one" in text_of(viewer.client.get(reverse("orgs:organization", args=[organization.pk])))
    assert said(viewer.client.get("/")) == []
