"""Members of organization and project, and coming in by an invitation."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.pagination import PAGE
from orgs.models import (
    Invitation,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    User,
)
from tests.builders import Desk, administrator_of, organization_member, person, project_member
from tests.pages import NASTY, Pages, said, text_of

NEW = "newcomer@example.org"
PASSWORD = "a-long-password-of-the-test"


class Office(Pages):
    """The pages of an organization."""

    def __init__(self, user: User | None, organization: Organization) -> None:
        super().__init__(user)
        self.organization = organization

    def url(self, page: str, /, *more: Any) -> str:
        """Return an address of the organization."""
        return reverse(page, args=[self.organization.pk, *more])


@pytest.fixture
def office(organization: Organization) -> Office:
    """The Administrator's pages."""
    return Office(administrator_of(organization), organization)


def link(message: Any = None) -> str:
    """Return the path of the link in the newest mail."""
    found = re.search(r"https?://[^/\s]+(/invitations/\S+)", str((message or mail.outbox[-1]).body))
    assert found
    return found.group(1)


# The organization's members


def test_somebody_with_an_account_is_a_member_at_once(office: Office) -> None:
    user = person()
    answer = office.post("orgs:organization_members", emails=user.email.upper(), role="contributor")
    assert answer.status_code == 302
    assert OrganizationMembership.objects.get(user=user).role == "contributor"
    assert mail.outbox == []


def test_anyone_else_gets_a_mail_with_a_link(office: Office) -> None:
    office.post("orgs:organization_members", emails=NEW, role="viewer")
    assert [m.to for m in mail.outbox] == [[NEW]]
    assert office.organization.name in mail.outbox[0].subject
    page = text_of(office.get("orgs:organization_members"))
    assert f"Pending invitations {NEW}" in page
    answer = office.post("orgs:organization_members", emails=NEW, role="viewer")
    assert answer.status_code == 422
    assert "open invitation already" in text_of(answer)


def test_sending_again_kills_the_old_link_and_taking_back_the_new_one(office: Office) -> None:
    office.post("orgs:organization_members", emails=NEW, role="viewer")
    first = link()
    invitation = Invitation.objects.get(email=NEW)
    assert office.post("orgs:invitation_resend", invitation.pk).status_code == 302
    second = link()
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    assert office.post("orgs:invitation_revoke", invitation.pk).status_code == 302
    assert Client().get(second).status_code == 410
    assert office.post("orgs:invitation_resend", invitation.pk).status_code == 404


def test_roles_change_and_members_go(office: Office) -> None:
    user = organization_member(office.organization)
    assert office.post("orgs:organization_member_role", user.pk, role="financial").status_code == 302
    assert OrganizationMembership.objects.get(user=user).role == "financial"
    assert office.post("orgs:organization_member_role", user.pk, role="emperor").status_code == 302
    assert OrganizationMembership.objects.get(user=user).role == "financial"
    assert office.post("orgs:organization_member_remove", user.pk).status_code == 302
    assert not OrganizationMembership.objects.filter(user=user).exists()


def test_the_last_administrator_stays(office: Office) -> None:
    me = administrator_of(office.organization)
    assert "last Administrator" in said(office.post("orgs:organization_member_remove", me.pk))[0]
    assert (
        "last Administrator"
        in said(office.post("orgs:organization_member_role", me.pk, role="viewer", confirmed="1"))[-1]
    )
    assert OrganizationMembership.objects.get(user=me).role == OrganizationRole.ADMINISTRATOR


def test_whoever_gives_up_the_own_office_is_led_home(office: Office) -> None:
    me = administrator_of(office.organization)
    organization_member(office.organization, OrganizationRole.ADMINISTRATOR)
    asked = office.post("orgs:organization_member_role", me.pk, role="viewer")
    assert "You no longer manage the members" in text_of(asked)
    assert office.post("orgs:organization_member_role", me.pk, role="viewer", confirmed="1").url == "/"
    assert office.client.get("/").status_code == 200


def test_the_list_is_searched_and_read_page_by_page_at_the_same_cost(office: Office) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get("orgs:organization_members").status_code == 200
        return len(queries)

    cost()
    few = cost()
    users = [organization_member(office.organization) for _n in range(PAGE + 5)]
    assert cost() == few
    first = office.get("orgs:organization_members")
    assert len(first.context["page"].rows) == PAGE
    rest = office.client.get(office.url("orgs:organization_members") + first.context["page"].older_url)
    shown = [m.user.email for m in [*first.context["page"].rows, *rest.context["page"].rows]]
    assert shown == sorted(shown)
    assert set(shown) == {u.email for u in users} | {administrator_of(office.organization).email}
    found = office.get("orgs:organization_members", q=users[0].email)
    assert [m.user for m in found.context["page"].rows] == [users[0]]
    assert "Nobody found" in text_of(office.get("orgs:organization_members", q="%\x00_"))


def test_an_address_with_a_plus_does_not_end_the_list(office: Office) -> None:
    for n in range(PAGE + 2):
        user = User.objects.create_user(f"a+{n:03}@example.org")
        organization_member(office.organization, user=user)
    first = office.get("orgs:organization_members", q="a+")
    rest = office.client.get(office.url("orgs:organization_members") + first.context["page"].older_url)
    assert len(rest.context["page"].rows) == 2


def test_only_administrators_manage_members(organization: Organization) -> None:
    for role in OrganizationRole.values:
        pages = Office(organization_member(organization, role), organization)
        allowed = role == OrganizationRole.ADMINISTRATOR
        assert pages.get("orgs:organization_members").status_code == (200 if allowed else 403), role
    assert Office(person(), organization).get("orgs:organization_members").status_code == 404


def test_nonsense_about_members(office: Office) -> None:
    user = organization_member(office.organization)
    for value in NASTY:
        for data in ({"emails": value, "role": "viewer"}, {"emails": NEW, "role": value}, {"emails": value}):
            assert office.post("orgs:organization_members", **data).status_code == 422, value[:20]
        assert office.post("orgs:organization_member_role", user.pk, role=value).status_code == 302
    assert office.post("orgs:organization_members").status_code == 422
    for name in ("orgs:organization_member_role", "orgs:organization_member_remove", "orgs:invitation_resend"):
        assert office.post(name, uuid4(), role="viewer").status_code == 404
    assert OrganizationMembership.objects.get(user=user).role == OrganizationRole.VIEWER
    assert mail.outbox == []


# The project's members


@pytest.fixture
def pages(desk: Desk) -> Pages:
    """The Administrator's pages of a project."""
    return Pages(desk.administrator, desk.project)


def test_somebody_of_the_organization_is_proposed_and_added(desk: Desk, pages: Pages) -> None:
    user = organization_member(desk.project.organization)
    assert f'<option value="{user.email}">' in pages.get("orgs:project_members").content.decode()
    pages.post("orgs:project_members", emails=user.email, role="attendant")
    assert ProjectMembership.objects.get(user=user).role == ProjectRole.ATTENDANT
    page = pages.get("orgs:project_members").content.decode()
    assert f'<option value="{user.email}">' not in page


def test_a_viewer_is_shown_without_access_to_chats(desk: Desk, pages: Pages) -> None:
    desk.person(ProjectRole.VIEWER)
    assert "No access" in text_of(pages.get("orgs:project_members"))


def test_somebody_new_is_invited_to_both_by_an_administrator(desk: Desk, pages: Pages) -> None:
    pages.post("orgs:project_members", emails=NEW, role="attendant")
    invitation = Invitation.objects.get(email=NEW)
    assert (invitation.organization_role, invitation.projects.get().role) == ("viewer", "attendant")
    answer = Client().post(link(), {"first_name": "New", "password": PASSWORD})
    assert answer.url == pages.url("orgs:project_home")
    assert ProjectMembership.objects.get(user__email=NEW).project == desk.project


def test_a_moderator_adds_from_the_organization_and_invites_nobody(desk: Desk) -> None:
    pages = Pages(desk.person(ProjectRole.MODERATOR), desk.project)
    answer = pages.post("orgs:project_members", emails=NEW, role="attendant")
    assert answer.status_code == 422
    assert "not in the organization" in text_of(answer)
    outsider = person()
    assert pages.post("orgs:project_members", emails=outsider.email, role="attendant").status_code == 422
    insider = organization_member(desk.project.organization)
    assert pages.post("orgs:project_members", emails=insider.email, role="attendant").status_code == 302


def test_removing_says_what_it_causes_and_gives_the_tickets_back(desk: Desk, pages: Pages) -> None:
    agent = desk.agent_online(limit=2)
    tickets = [desk.open_ticket(), desk.open_ticket()]
    page = text_of(pages.get("orgs:project_member_remove", agent.pk))
    assert f"2 active tickets go back to {desk.sector.name} / General." in page
    assert ProjectMembership.objects.filter(user=agent).exists()
    assert pages.post("orgs:project_member_remove", agent.pk).status_code == 302
    for ticket in tickets:
        ticket.refresh_from_db()
        assert (ticket.status, ticket.agent) == ("waiting", None)
    assert not ProjectMembership.objects.filter(user=agent).exists()


def test_a_role_without_chats_ends_the_access(desk: Desk, pages: Pages) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    assert Pages(agent, desk.project).get("tickets:desk").status_code == 200
    asked = text_of(pages.post("orgs:project_member_role", agent.pk, role="viewer"))
    assert f"1 active ticket goes back to {desk.sector.name} / General." in asked
    assert "No longer on 1 queue." in asked
    ticket.refresh_from_db()
    assert ticket.agent == agent
    assert pages.post("orgs:project_member_role", agent.pk, role="viewer", confirmed="1").status_code == 302
    ticket.refresh_from_db()
    assert ticket.agent is None
    assert Pages(agent, desk.project).get("tickets:desk").status_code == 403


def test_a_contributor_and_an_attendant_manage_no_members(desk: Desk) -> None:
    for role in (ProjectRole.CONTRIBUTOR, ProjectRole.ATTENDANT, ProjectRole.VIEWER):
        pages = Pages(desk.person(role), desk.project)
        assert pages.get("orgs:project_members").status_code == 403
        assert pages.post("orgs:project_member_remove", desk.administrator.pk).status_code == 403


def test_the_projects_list_costs_the_same_however_long(desk: Desk, pages: Pages) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get("orgs:project_members").status_code == 200
        return len(queries)

    desk.person()
    cost()
    few = cost()
    for _n in range(8):
        project_member(desk.project)
    assert cost() == few


def test_nonsense_about_the_projects_members(desk: Desk, pages: Pages, other_desk: Desk) -> None:
    user = desk.person()
    for value in NASTY:
        for data in ({"emails": value, "role": "viewer"}, {"emails": NEW, "role": value}):
            assert pages.post("orgs:project_members", **data).status_code == 422, value[:20]
        assert pages.post("orgs:project_member_role", user.pk, role=value).status_code == 302
    assert ProjectMembership.objects.get(user=user).role == ProjectRole.ATTENDANT
    foreign = other_desk.agent()
    assert pages.post("orgs:project_member_remove", foreign.pk).status_code == 404
    assert pages.post("orgs:project_member_role", foreign.pk, role="viewer").status_code == 404
    assert pages.post("orgs:project_member_remove", uuid4()).status_code == 404


# Accepting


def invite(office: Office, email: str = NEW, role: str = "viewer") -> str:
    office.post("orgs:organization_members", emails=email, role=role)
    return link()


def test_an_account_is_made_bound_to_the_address_and_confirmed(office: Office) -> None:
    path = invite(office, role="contributor")
    client = Client()
    page = client.get(path)
    assert page.status_code == 200
    assert NEW in text_of(page)
    assert page["Cache-Control"].startswith("max-age=0")
    sent = {"first_name": "New", "last_name": "Comer", "password": PASSWORD, "email": "other@example.org"}
    assert client.post(path, sent).status_code == 302
    user = User.objects.get(email=NEW)
    assert user.emailaddress_set.get().verified
    assert OrganizationMembership.objects.get(user=user).role == "contributor"
    assert client.get(reverse("orgs:profile")).status_code == 200  # signed in
    assert Client().get(path).status_code == 410  # once
    login = Client().post(reverse("account_login"), {"login": NEW, "password": PASSWORD})
    assert login.status_code == 302


@pytest.mark.parametrize("password", ["", "short", "1234567890", "password123", "newcomer@example.org"])
def test_a_weak_password_is_refused_and_the_names_kept(office: Office, password: str) -> None:
    path = invite(office)
    answer = Client().post(path, {"first_name": "Kept", "password": password})
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert 'value="Kept"' in answer.content.decode()
    assert not User.objects.filter(email=NEW).exists()
    assert Client().get(path).status_code == 200  # not used up


def test_the_signed_in_holder_of_the_address_joins(office: Office) -> None:
    path = invite(office)
    user = User.objects.create_user(NEW)
    client = Client()
    assert reverse("account_login") in client.get(path).url
    client.force_login(user)
    assert "Join" in text_of(client.get(path))
    assert not OrganizationMembership.objects.filter(user=user).exists()
    assert client.post(path).status_code == 302
    assert OrganizationMembership.objects.filter(user=user).exists()


def test_another_address_is_told_so_and_gets_nothing(office: Office) -> None:
    path = invite(office)
    other = person()
    client = Client()
    client.force_login(other)
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 403
        assert "for another address" in text_of(answer)
        assert NEW not in text_of(answer)
    assert not OrganizationMembership.objects.filter(user=other).exists()


def test_a_link_nobody_sent_says_nothing_of_why(db: None) -> None:
    for secret in ("x", "x" * 5000, "%00", "..", "é"):
        answer = Client().get(f"/invitations/{secret}/")
        assert answer.status_code in {404, 410}


def test_an_archived_projects_member_page_is_gone(project: Project) -> None:
    from orgs.access import Actor
    from orgs.operations import archive_project

    administrator = administrator_of(project.organization)
    archive_project(project, by=Actor(user=administrator))
    assert Pages(administrator, project).get("orgs:project_members").status_code == 404
