"""What the end of a membership causes, told before; leaving; who must stay (docs/rules.md, Ending access)."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.constraints import check_deferred
from core.errors import DomainError
from orgs import operations as orgs
from orgs.access import Actor, impact
from orgs.models import Organization, OrganizationMembership, OrganizationRole, ProjectMembership, ProjectRole, User
from sectors.operations import update_sector
from tests.builders import Desk, administrator_of, organization_member, project_member, project_of, put_on
from tests.pages import Pages, said, text_of
from tests.refusals import refused_by


def in_organization(desk: Desk, user: User) -> OrganizationMembership:
    return OrganizationMembership.objects.get(organization=desk.project.organization, user=user)


def in_project(desk: Desk, user: User) -> ProjectMembership:
    return ProjectMembership.objects.get(project=desk.project, user=user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# What it causes


def busy_agent(desk: Desk) -> User:
    """Somebody with two tickets, on two queues, and manager."""
    agent = desk.agent_online(limit=3)
    put_on(desk.add_queue("Second"), agent)
    update_sector(desk.sector, by=desk.by(), managers=[agent])
    for _n in range(2):
        desk.open_ticket()
    return agent


def sentences(desk: Desk) -> list[str]:
    return [
        f"2 active tickets go back to {desk.sector.name} / General.",
        f"No longer manager of 1 sector: {desk.sector.name}.",
        "No longer on 2 queues.",
    ]


def test_removing_from_a_project_says_what_ends(desk: Desk) -> None:
    agent = busy_agent(desk)
    assert impact.project_role_impact(in_project(desk, agent), None).sentences == sentences(desk)


def test_removing_from_the_organization_says_it_of_all_projects(desk: Desk) -> None:
    agent = busy_agent(desk)
    second = Desk.set_up(project_of(desk.project.organization))
    project_member(second.project, user=agent)
    found = impact.organization_role_impact(in_organization(desk, agent), None)
    assert found.sentences[:3] == sentences(desk)
    assert "No longer in 2 projects" in found.sentences[3]


@pytest.mark.parametrize(("role", "ends"), [("viewer", True), ("contributor", False), ("moderator", False)])
def test_another_role_says_what_ends_only_where_chats_end(desk: Desk, role: str, ends: bool) -> None:
    agent = busy_agent(desk)
    found = impact.project_role_impact(in_project(desk, agent), role)
    assert found.any is ends
    assert found.sentences == (sentences(desk) if ends else [])


def test_whoever_keeps_an_office_keeps_the_tickets(desk: Desk) -> None:
    agent = busy_agent(desk)
    orgs.change_organization_role(in_organization(desk, agent), OrganizationRole.ADMINISTRATOR, by=desk.by())
    assert not impact.project_role_impact(in_project(desk, agent), None).any


def test_losing_the_office_ends_only_where_no_role_of_their_own_stays(desk: Desk) -> None:
    agent = busy_agent(desk)
    orgs.change_organization_role(in_organization(desk, agent), OrganizationRole.ADMINISTRATOR, by=desk.by())
    place = in_organization(desk, agent)
    assert not impact.organization_role_impact(place, OrganizationRole.VIEWER).any
    orgs.remove_from_project(in_project(desk, agent), by=desk.by())
    assert impact.organization_role_impact(place, OrganizationRole.VIEWER).sentences == sentences(desk)


def test_finding_out_costs_the_same_however_much_there_is(desk: Desk) -> None:
    def cost(user: User) -> int:
        place = in_organization(desk, user)
        with CaptureQueriesContext(connection) as queries:
            assert impact.organization_role_impact(place, None).sentences
        return len(queries)

    busy = busy_agent(desk)
    before = cost(busy)
    for _n in range(4):
        more = Desk.set_up(project_of(desk.project.organization))
        project_member(more.project, user=busy)
        put_on(more.queue, busy)
    assert cost(busy) == before


def test_the_page_asks_and_changes_nothing(desk: Desk) -> None:
    agent = busy_agent(desk)
    pages = Pages(desk.administrator, desk.project)
    page = pages.get("orgs:project_member_remove", agent.pk)
    for sentence in sentences(desk):
        assert sentence in text_of(page)
    assert b"<html" in page.content
    fragment = pages.client.get(pages.url("orgs:project_member_remove", agent.pk), headers={"hx-request": "true"})
    assert b"<html" not in fragment.content
    assert sentences(desk)[0] in text_of(fragment)
    assert in_project(desk, agent)


# Another role, in place


def test_a_role_is_saved_in_place_with_its_row_and_a_toast(desk: Desk) -> None:
    user = desk.person(ProjectRole.VIEWER)
    client = signed_in(desk.administrator)
    path = reverse("orgs:project_member_role", args=[desk.project.pk, user.pk])
    answer = client.post(path, {"role": "attendant"}, headers={"x-requested-with": "fetch"})
    assert answer.status_code == 200
    assert "the role is changed" in answer["HX-Trigger"]
    assert 'value="attendant" selected' in answer.content.decode()
    refusal = client.post(path, {"role": "king"}, headers={"x-requested-with": "fetch"})
    assert (refusal.status_code, refusal.content) == (400, b"Choose one of the roles.")


def test_in_place_too_it_asks_first_where_something_ends(desk: Desk) -> None:
    agent = busy_agent(desk)
    client = signed_in(desk.administrator)
    path = reverse("orgs:project_member_role", args=[desk.project.pk, agent.pk])
    answer = client.post(path, {"role": "viewer"}, headers={"x-requested-with": "fetch"})
    assert answer["X-Weni-Ask"]
    assert sentences(desk)[0] in text_of(answer)
    assert in_project(desk, agent).role == "attendant"


# Leaving


def test_anybody_leaves_a_project_or_the_organization(desk: Desk) -> None:
    agent = busy_agent(desk)
    pages = Pages(agent, desk.project)
    assert sentences(desk)[0] in text_of(pages.get("orgs:project_leave"))
    answer = pages.post("orgs:project_leave")
    assert said(answer) == [f"You have left {desk.project.name}."]
    assert pages.get("orgs:project_leave").status_code == 404
    assert not desk.project.tickets.filter(agent=agent).exists()
    path = reverse("orgs:organization_leave", args=[desk.project.organization_id])
    assert pages.client.get(path).status_code == 200
    assert pages.client.post(path).url == "/"
    assert not OrganizationMembership.objects.filter(user=agent).exists()
    assert pages.client.post(path).status_code == 404


def test_a_place_by_office_alone_is_not_left(desk: Desk) -> None:
    assert Pages(desk.administrator, desk.project).get("orgs:project_leave").status_code == 404


def test_the_last_administrator_does_not_leave(organization: Organization) -> None:
    client = signed_in(administrator_of(organization))
    answer = client.post(reverse("orgs:organization_leave", args=[organization.pk]))
    assert "This is the last Administrator of the organization." in said(answer)[0]
    assert OrganizationMembership.objects.filter(organization=organization).exists()


def test_strangers_leave_nothing(organization: Organization, desk: Desk) -> None:
    client = signed_in(administrator_of(organization))
    for name, pk in (("orgs:organization_leave", uuid4()), ("orgs:project_leave", uuid4())):
        assert client.post(reverse(name, args=[pk])).status_code == 404


# The last Administrator, around the code


def second_administrator(organization: Organization) -> User:
    return organization_member(organization, OrganizationRole.ADMINISTRATOR)


def test_an_administrator_whose_account_is_off_does_not_count(organization: Organization) -> None:
    first, second = administrator_of(organization), second_administrator(organization)
    User.objects.filter(pk=second.pk).update(is_active=False)
    check_deferred("account_of_last_administrator")
    last = OrganizationMembership.objects.filter(user=first)
    with refused_by("organization_keeps_administrator"):
        last.update(role="viewer")
    with refused_by("organization_keeps_administrator"):
        last.delete()
    with pytest.raises(DomainError) as refusal:
        orgs.remove_from_organization(last.select_related("user", "organization").get(), by=Actor(user=first))
    assert refusal.value.code == "last_administrator"
    # The one who can't sign in may go.
    OrganizationMembership.objects.filter(user=second).delete()


def test_the_account_of_the_last_administrator_is_not_switched_off(organization: Organization) -> None:
    only = administrator_of(organization)
    with refused_by("account_of_last_administrator"):
        User.objects.filter(pk=only.pk).update(is_active=False)
    second_administrator(organization)
    User.objects.filter(pk=only.pk).update(is_active=False)
    # Both at once leave none either.
    User.objects.filter(pk=only.pk).update(is_active=True)
    with refused_by("account_of_last_administrator"):
        User.objects.filter(organization_memberships__organization=organization).update(is_active=False)


def test_off_and_on_within_one_transaction_is_nothing(organization: Organization) -> None:
    only = administrator_of(organization)
    for active in (False, True):
        User.objects.filter(pk=only.pk).update(is_active=active)


def test_other_members_accounts_are_switched_off_freely(organization: Organization) -> None:
    member = organization_member(organization, OrganizationRole.CONTRIBUTOR)
    assert User.objects.filter(pk=member.pk).update(is_active=False) == 1
