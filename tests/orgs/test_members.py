"""Members and the end of their access (docs/rules.md, Roles; Ending access; Audit log)."""

import pytest

from core.errors import Invalid
from orgs import operations as orgs
from orgs.access import Actor, member_of
from orgs.models import (
    AuditEntry,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
)
from queues.models import AgentStatus, StatusChange
from tests.builders import (
    Desk,
    administrator_of,
    fresh,
    organization_member,
    person,
    project_member,
    project_of,
    put_on,
)
from tests.refusals import refused


def by(organization: Organization) -> Actor:
    return Actor(user=administrator_of(organization), address="192.0.2.7", request_id="request-1")


def in_organization(organization: Organization, user) -> OrganizationMembership:
    return OrganizationMembership.objects.get(organization=organization, user=user)


def test_first_the_organization_then_the_project(project: Project) -> None:
    user = person()
    with refused("not_in_organization"):
        orgs.add_to_project(project, user, ProjectRole.ATTENDANT, by=by(project.organization))
    orgs.add_to_organization(project.organization, user, OrganizationRole.VIEWER, by=by(project.organization))
    orgs.add_to_project(project, user, ProjectRole.ATTENDANT, by=by(project.organization))
    assert member_of(user, project.pk) is not None


def test_nobody_is_added_twice(project: Project) -> None:
    user = project_member(project)
    with refused("already_member"):
        orgs.add_to_organization(project.organization, user, OrganizationRole.VIEWER, by=by(project.organization))
    with refused("already_member"):
        orgs.add_to_project(project, user, ProjectRole.VIEWER, by=by(project.organization))


@pytest.mark.parametrize("role", ["", "owner", "Viewer", None, 3])
def test_roles_are_those_of_the_table(project: Project, role) -> None:
    user = project_member(project)
    who = by(project.organization)
    membership = in_organization(project.organization, user)
    for attempt in (
        lambda: orgs.add_to_organization(project.organization, person(), role, by=who),
        lambda: orgs.add_to_project(project, user, role, by=who),
        lambda: orgs.change_organization_role(membership, role, by=who),
        lambda: orgs.change_project_role(ProjectMembership.objects.get(user=user), role, by=who),
    ):
        with pytest.raises(Invalid):
            attempt()


@pytest.mark.parametrize("how", ["remove", "demote"])
def test_the_last_administrator_can_not_go(organization: Organization, how: str) -> None:
    last = in_organization(organization, administrator_of(organization))
    with refused("last_administrator"):
        if how == "remove":
            orgs.remove_from_organization(last, by=by(organization))
        else:
            orgs.change_organization_role(last, OrganizationRole.VIEWER, by=by(organization))
    assert in_organization(organization, last.user).role == OrganizationRole.ADMINISTRATOR


def test_an_administrator_beside_another_can_go(organization: Organization) -> None:
    who = by(organization)
    organization_member(organization, OrganizationRole.ADMINISTRATOR)
    first = in_organization(organization, administrator_of(organization))
    orgs.remove_from_organization(first, by=who)
    assert organization.memberships.count() == 1


def test_the_end_of_access_ends_everything_at_once(desk: Desk) -> None:
    from sectors.operations import update_sector

    agent = desk.agent_online()
    update_sector(desk.sector, by=desk.by(), managers=[agent])
    ticket = desk.open_ticket()
    past = desk.open_ticket()
    desk.close(past, by=agent)
    desk.remove(agent)
    assert member_of(agent, desk.project.pk) is None
    assert fresh(ticket).is_waiting
    assert not agent.queue_places.exists()
    assert not desk.sector.managers.exists()
    assert AgentStatus.objects.get(user=agent).status == "offline"
    assert not StatusChange.objects.filter(user=agent, ended_at=None).exists()
    # History keeps the name.
    assert fresh(past).agent == agent
    assert ticket.events.get(kind="returned").data["from_agent"] == agent.name


def test_leaving_the_organization_ends_access_to_all_its_projects(desk: Desk) -> None:
    second = Desk.set_up(project_of(desk.project.organization))
    agent = desk.agent_online()
    project_member(second.project, user=agent)
    put_on(second.queue, agent)
    second.status(agent, "online")
    tickets = [desk.open_ticket(), second.open_ticket()]
    assert [t.agent for t in tickets] == [agent, agent]
    orgs.remove_from_organization(in_organization(desk.project.organization, agent), by=desk.by())
    assert all(fresh(t).is_waiting for t in tickets)
    assert not ProjectMembership.objects.filter(user=agent).exists()


def test_an_office_lost_is_access_lost_where_no_role_of_their_own_remains(desk: Desk) -> None:
    second = Desk.set_up(project_of(desk.project.organization))
    user = organization_member(desk.project.organization, OrganizationRole.ADMINISTRATOR)
    for here in (desk, second):
        put_on(here.queue, user)
        here.status(user, "online")
    orgs.add_to_project(second.project, user, ProjectRole.ATTENDANT, by=second.by())
    tickets = [desk.open_ticket(), second.open_ticket()]
    membership = in_organization(desk.project.organization, user)
    orgs.change_organization_role(membership, OrganizationRole.VIEWER, by=desk.by())
    assert [fresh(t).agent for t in tickets] == [None, user]


def test_another_role_with_chats_keeps_the_conversations(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    membership = ProjectMembership.objects.get(project=desk.project, user=agent)
    orgs.change_project_role(membership, ProjectRole.CONTRIBUTOR, by=desk.by())
    assert fresh(ticket).agent == agent


def test_open_pages_are_told_when_rights_change(desk: Desk, django_capture_on_commit_callbacks, monkeypatch) -> None:
    from sectors.operations import update_sector
    from tests.builders import take_off
    from tickets import live_events

    told: list = []
    monkeypatch.setattr(live_events, "rights", told.append)
    user = desk.person()
    membership = ProjectMembership.objects.get(project=desk.project, user=user)
    for change in (
        lambda: put_on(desk.queue, user),
        lambda: take_off(desk.queue, user),
        lambda: update_sector(desk.sector, by=desk.by(), managers=[user]),
        lambda: update_sector(desk.sector, by=desk.by(), managers=[]),
        lambda: orgs.change_project_role(membership, ProjectRole.CONTRIBUTOR, by=desk.by()),
        lambda: orgs.change_project_role(membership, ProjectRole.VIEWER, by=desk.by()),
        lambda: desk.remove(user),
    ):
        told.clear()
        change()
        assert user.pk in told


# The audit log


def test_every_change_of_members_is_in_the_audit_log(project: Project) -> None:
    who, user = by(project.organization), person()
    membership = orgs.add_to_organization(project.organization, user, OrganizationRole.VIEWER, by=who)
    inside = orgs.add_to_project(project, user, ProjectRole.ATTENDANT, by=who)
    orgs.change_organization_role(membership, OrganizationRole.FINANCIAL, by=who)
    orgs.change_organization_role(membership, OrganizationRole.FINANCIAL, by=who)
    orgs.change_project_role(inside, ProjectRole.VIEWER, by=who)
    orgs.remove_from_project(inside, by=who)
    orgs.remove_from_organization(membership, by=who)
    entries = AuditEntry.objects.filter(target_id=user.pk).order_by("at", "id")
    assert [(e.action, e.before, e.after) for e in entries] == [
        ("organization_member.added", None, {"role": "viewer"}),
        ("project_member.added", None, {"role": "attendant"}),
        ("organization_member.role_changed", {"role": "viewer"}, {"role": "financial"}),
        ("project_member.role_changed", {"role": "attendant"}, {"role": "viewer"}),
        ("project_member.removed", {"role": "viewer"}, None),
        ("organization_member.removed", {"role": "financial"}, None),
    ]
    assert {(e.actor_id, e.actor_name, e.address, e.request_id) for e in entries} == {
        (who.user.pk, who.user.email, "192.0.2.7", "request-1")
    }
    assert {e.organization_id for e in entries} == {project.organization_id}


def test_a_refused_change_is_not_in_the_audit_log(organization: Organization) -> None:
    last = in_organization(organization, administrator_of(organization))
    count = AuditEntry.objects.count()
    with refused("last_administrator"):
        orgs.remove_from_organization(last, by=by(organization))
    assert AuditEntry.objects.count() == count


# Organizations and projects


@pytest.mark.parametrize("name", ["", "   ", "\x00\x07", "x" * 81, "x" * 1_000_000, None, 5])
def test_names_that_are_none(organization: Organization, name) -> None:
    who = by(organization)
    for attempt in (
        lambda: orgs.create_organization(name, by=who),
        lambda: orgs.create_project(organization, name, by=who),
        lambda: orgs.rename_organization(organization, name, by=who),
        lambda: orgs.rename_project(project_of(organization), name, by=who),
    ):
        with pytest.raises(Invalid):
            attempt()


def test_names_are_cleaned(organization: Organization) -> None:
    project = orgs.create_project(organization, "  Two\t words\u200b\n ", by=by(organization))
    assert project.name == "Two words"


def test_slugs_are_made_and_stay_apart(organization: Organization) -> None:
    who = by(organization)
    first = orgs.create_project(organization, "Atención", by=who)
    second = orgs.create_project(organization, "Atencion", by=who)
    third = orgs.create_project(organization, "日本", by=who)
    assert first.slug == "atencion"
    assert second.slug.startswith("atencion-")
    assert third.slug.startswith("project")


def test_who_creates_a_project_is_in_it(organization: Organization) -> None:
    contributor = organization_member(organization, OrganizationRole.CONTRIBUTOR)
    project = orgs.create_project(organization, "Theirs", by=Actor(user=contributor))
    member = member_of(contributor, project.pk)
    assert member is not None
    assert member.project_role == ProjectRole.CONTRIBUTOR
    # An Administrator is in every project by their office.
    other = orgs.create_project(organization, "Another", by=by(organization))
    assert not other.memberships.exists()
    assert member_of(contributor, other.pk) is None
