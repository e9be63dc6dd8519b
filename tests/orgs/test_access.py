"""Who may what (docs/rules.md, Roles of an organization; Roles of a project; Access)."""

import inspect

import pytest

from orgs import operations as orgs
from orgs.access import (
    Actor,
    Member,
    OrganizationMember,
    TokenMember,
    member_of,
    organization_member,
    people_with_chats,
    projects_of,
    token_member,
)
from orgs.models import Organization, OrganizationRole, Project, ProjectRole
from tests.builders import Desk, person, project_member, project_of, put_on
from tests.builders import organization_member as join

# One line a right: who has it. A manager and an agent are people with Human attendance.
ADMINISTRATOR = {"administrator", "moderator"}
CONFIGURES = ADMINISTRATOR | {"contributor"}
RIGHTS = {
    "may_see_project": CONFIGURES | {"manager", "agent", "attendant", "viewer"},
    "may_use_chats": CONFIGURES | {"manager", "agent", "attendant"},
    "may_manage_members": ADMINISTRATOR,
    "may_create_sectors": CONFIGURES,
    "may_archive_sectors": ADMINISTRATOR,
    "may_configure_some_sector": CONFIGURES | {"manager"},
    "may_connect_flow": ADMINISTRATOR,
    "may_merge_contacts": ADMINISTRATOR,
    "may_see_audit_log": ADMINISTRATOR,
    "may_change_settings": ADMINISTRATOR,
    "may_watch": CONFIGURES | {"manager"},
}
RIGHTS_ON_A_SECTOR = {
    "may_configure_sector": CONFIGURES | {"manager"},
    "may_direct_tickets_of": CONFIGURES | {"manager"},
}
ORGANIZATION_RIGHTS = {
    "may_see": set(OrganizationRole.values),
    "may_manage_members": {"administrator"},
    "may_create_projects": {"administrator", "contributor"},
    "may_change_settings": {"administrator"},
    "may_see_audit_log": {"administrator"},
    "may_manage_tokens": {"administrator"},
    "may_see_usage": {"administrator", "financial"},
}


def people(desk: Desk) -> dict[str, Member]:
    """Return one member of each kind."""
    users = {"administrator": desk.administrator, **desk.one_of_each()}
    return {role: desk.member(user) for role, user in users.items()}


def rights_of(kind: type) -> dict[str, int]:
    """Return the ``may_…`` methods of a class with how many arguments each takes."""
    return {
        name: len(inspect.signature(method).parameters) - 1
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if name.startswith("may_")
    }


def test_every_right_is_in_a_table_here() -> None:
    found = rights_of(Member)
    assert {n for n, arguments in found.items() if arguments == 0} == set(RIGHTS)
    assert {n for n, arguments in found.items() if arguments == 1} == set(RIGHTS_ON_A_SECTOR)
    assert set(rights_of(OrganizationMember)) == set(ORGANIZATION_RIGHTS)


def test_rights_in_a_project(desk: Desk) -> None:
    for role, member in people(desk).items():
        for right, who in RIGHTS.items():
            assert getattr(member, right)() is (role in who), f"{role} {right}"


def test_rights_on_a_sector(desk: Desk) -> None:
    for role, member in people(desk).items():
        for right, who in RIGHTS_ON_A_SECTOR.items():
            assert getattr(member, right)(desk.sector.pk) is (role in who), f"{role} {right}"


def test_a_manager_has_no_rights_on_another_sector(desk: Desk) -> None:
    manager, other = desk.member(desk.manager()), desk.add_sector()
    for right in RIGHTS_ON_A_SECTOR:
        assert not getattr(manager, right)(other.pk)


def test_nobody_has_rights_on_a_sector_of_another_project(desk: Desk, other_desk: Desk) -> None:
    for role, member in people(desk).items():
        for right in RIGHTS_ON_A_SECTOR:
            assert not getattr(member, right)(other_desk.sector.pk), f"{role} {right}"


def test_a_sector_made_after_the_first_look_counts(desk: Desk) -> None:
    member = desk.member(desk.administrator)
    assert member.manages(desk.sector.pk)
    assert member.manages(desk.add_sector().pk)


@pytest.mark.parametrize("role", OrganizationRole.values)
def test_rights_in_an_organization(organization: Organization, role: str) -> None:
    member = organization_member(join(organization, role), organization.pk)
    assert member is not None
    for right, who in ORGANIZATION_RIGHTS.items():
        assert getattr(member, right)() is (role in who), f"{role} {right}"


def test_a_viewer_who_is_appointed_or_put_on_a_queue_has_nothing(desk: Desk) -> None:
    """Such rows should not be there; were they, they would give nothing."""
    from queues.models import QueueAgent
    from sectors.models import SectorManager

    viewer = desk.person(ProjectRole.VIEWER)
    SectorManager.objects.create(sector=desk.sector, user=viewer)
    QueueAgent.objects.create(queue=desk.queue, user=viewer)
    member = desk.member(viewer)
    assert not member.managed_sector_ids
    assert not member.queue_ids
    assert not member.manages(desk.sector.pk)


# Who is inside


@pytest.mark.parametrize("role", ["contributor", "viewer", "financial"])
def test_a_role_in_the_organization_alone_is_no_place_in_its_projects(project: Project, role: str) -> None:
    assert member_of(join(project.organization, role), project.pk) is None


def test_an_administrator_of_the_organization_is_moderator_of_every_project(
    organization: Organization,
) -> None:
    user = join(organization, OrganizationRole.ADMINISTRATOR)
    for project in (project_of(organization), project_of(organization)):
        member = member_of(user, project.pk)
        assert member is not None
        assert member.is_administrator


def test_an_administrator_with_a_lesser_role_of_their_own_is_still_moderator(project: Project) -> None:
    user = join(project.organization, OrganizationRole.ADMINISTRATOR)
    project_member(project, ProjectRole.VIEWER, user=user)
    member = member_of(user, project.pk)
    assert member is not None
    assert member.is_administrator
    assert member.has_chats


def test_strangers(desk: Desk, other_desk: Desk) -> None:
    stranger = person("stranger")
    assert member_of(stranger, desk.project.pk) is None
    assert member_of(other_desk.administrator, desk.project.pk) is None
    assert organization_member(stranger, desk.project.organization_id) is None
    assert organization_member(other_desk.administrator, desk.project.organization_id) is None


def test_an_account_that_is_not_active_is_outside(desk: Desk) -> None:
    agent = desk.agent()
    agent.is_active = False
    agent.save()
    assert member_of(agent, desk.project.pk) is None
    assert agent not in people_with_chats(desk.project)


def test_an_archived_project_has_nobody_inside(desk: Desk) -> None:
    orgs.archive_project(desk.project, by=desk.by())
    assert member_of(desk.administrator, desk.project.pk) is None
    assert desk.project not in projects_of(desk.administrator)


def test_the_projects_of_a_person(organization: Organization) -> None:
    one, other = project_of(organization, "One"), project_of(organization, "Other")
    agent = project_member(one)
    elsewhere = project_member(project_of(), user=agent)
    administrator = join(organization, OrganizationRole.ADMINISTRATOR)
    project_member(one, user=administrator)
    assert [p.pk for p in projects_of(administrator)] == [one.pk, other.pk]
    assert one in projects_of(elsewhere)
    assert other not in projects_of(agent)
    assert not projects_of(join(organization, OrganizationRole.VIEWER)).exists()


def test_the_people_who_may_be_picked(desk: Desk) -> None:
    found = set(people_with_chats(desk.project))
    for role, member in people(desk).items():
        assert (member.user in set(people_with_chats(desk.project))) is (role != "viewer")
    assert found == {desk.administrator}
    join(desk.project.organization, OrganizationRole.CONTRIBUTOR)
    office = join(desk.project.organization, OrganizationRole.ADMINISTRATOR)
    assert office in people_with_chats(desk.project)


def test_queues_of_archived_places_do_not_make_an_agent(desk: Desk) -> None:
    from queues.operations import archive_queue

    second = desk.add_queue()
    agent = desk.agent(second)
    assert desk.member(agent).is_agent
    archive_queue(second, by=desk.by())
    assert not desk.member(agent).is_agent
    put_on(desk.queue, agent)
    assert desk.member(agent).queue_ids == {desk.queue.pk}


# Programs


def program(desk: Desk, *scopes: str, **reach) -> TokenMember | None:
    token, _secret = orgs.create_token("Program", by=Actor(), scopes=scopes, **(reach or {"project": desk.project}))
    return token_member(token, desk.project.pk)


def test_what_a_token_may(desk: Desk, other_desk: Desk) -> None:
    opens, reads, administers = (program(desk, s) for s in ("open", "read", "administer"))
    for member, expected in ((opens, set()), (reads, {"may_use_chats", "may_watch"})):
        assert member is not None
        allowed = {r for r in RIGHTS if getattr(member, r)()} - {"may_see_project"}
        assert allowed == expected
        assert not member.manages(desk.sector.pk)
    assert administers is not None
    assert {r for r in RIGHTS if getattr(administers, r)()} == set(RIGHTS)
    assert administers.manages(desk.sector.pk)
    assert not administers.manages(other_desk.sector.pk)


def test_a_sectors_token_stays_in_its_sector(desk: Desk) -> None:
    other = desk.add_sector()
    member = program(desk, "administer", project=desk.project, sector_id=desk.sector.pk)
    assert member is not None
    assert member.manages(desk.sector.pk)
    assert not member.manages(other.pk)
    for right in ("may_create_sectors", "may_archive_sectors", "may_manage_members"):
        assert not getattr(member, right)()
    here, _there = desk.open_ticket(), desk.open_ticket(sector=other)
    from tickets.models import Ticket

    assert list(Ticket.objects.visible_to(member)) == [here]


def test_how_far_a_token_reaches(desk: Desk, other_desk: Desk) -> None:
    assert program(desk, "read", organization=desk.project.organization) is not None
    assert program(desk, "read", organization=other_desk.project.organization) is None
    assert program(desk, "read", project=other_desk.project) is None
    token, _secret = orgs.create_token("Installation", by=Actor(), scopes=["read"])
    assert token_member(token, desk.project.pk) is not None
    orgs.archive_project(desk.project, by=desk.by())
    assert token_member(token, desk.project.pk) is None
