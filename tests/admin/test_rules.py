"""No rule of the product can be passed by through the back office, and what is done there is in the audit log."""

from typing import Any

import pytest

from orgs import operations as orgs
from orgs.models import AuditEntry, Organization, OrganizationMembership, Project, ProjectMembership, ProjectRole
from queues import operations as queues
from queues.models import PauseReason, Queue
from sectors import operations as sectors
from sectors.models import QuickMessage, Sector
from tags.models import Tag
from tests.builders import Desk, fresh, organization_member, person, quick_message, special_day

from .conftest import Office, errors_of, last_entry, messages_of


def membership_of(desk: Desk, user: Any) -> OrganizationMembership:
    return OrganizationMembership.objects.get(organization=desk.project.organization, user=user)


# Who did it


def test_each_change_names_the_operator_and_from_where(desk: Desk, office: Office) -> None:
    assert office.save(office.change_url(desk.queue), name="Renamed").status_code == 302
    entry = last_entry()
    assert (entry.action, entry.actor, entry.actor_name) == ("queue.changed", office.operator, office.operator.email)
    assert (entry.address, entry.project) == ("203.0.113.9", desk.project)
    assert entry.request_id


def test_what_is_saved_unchanged_writes_nothing(desk: Desk, office: Office) -> None:
    special_day(desk)
    quick = quick_message(desk)
    reason = queues.add_pause_reason(desk.project, "Lunch", by=desk.by(), daily_minutes=30)
    desk.manager()
    desk.agent()
    before = AuditEntry.objects.count()
    things = [desk.sector, desk.queue, desk.tags[0], quick, reason, desk.project, desk.project.organization]
    for row in [*things, membership_of(desk, desk.administrator), ProjectMembership.objects.first()]:
        assert office.save(office.change_url(row)).status_code == 302, row
    assert AuditEntry.objects.count() == before


# Organizations, projects and members


def test_the_last_administrator_stays(desk: Desk, office: Office) -> None:
    membership = membership_of(desk, desk.administrator)
    assert "last Administrator" in errors_of(office.save(office.change_url(membership), role="viewer"))
    assert "last Administrator" in messages_of(office.act("remove", membership))
    assert "last Administrator" in messages_of(office.act("switch_off", desk.administrator))
    membership.refresh_from_db()
    desk.administrator.refresh_from_db()
    assert (membership.role, desk.administrator.is_active) == ("administrator", True)


def test_a_role_is_one_of_the_roles(desk: Desk, office: Office) -> None:
    membership = ProjectMembership.objects.get(user=desk.agent())
    assert "valid choice" in errors_of(office.save(office.change_url(membership), role="owner"))


def test_who_loses_chats_leaves_queues_and_gives_tickets_back(desk: Desk, office: Office) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    assert ticket.agent == agent
    membership = ProjectMembership.objects.get(user=agent)
    assert office.save(office.change_url(membership), role=ProjectRole.VIEWER).status_code == 302
    assert fresh(ticket).is_waiting
    assert not desk.queue.places.exists()


def test_removing_somebody_is_asked_about_and_ends_their_access(desk: Desk, office: Office) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    membership = ProjectMembership.objects.get(user=agent)
    asked = office.act("remove", membership, confirm=False)
    assert "1 active ticket goes back to" in asked.content.decode()
    assert ProjectMembership.objects.filter(pk=membership.pk).exists()
    assert "Remove from the project" in messages_of(office.act("remove", membership))
    assert not ProjectMembership.objects.filter(pk=membership.pk).exists()
    assert fresh(ticket).is_waiting
    assert (last_entry().action, last_entry().actor) == ("project_member.removed", office.operator)


def test_only_members_of_the_organization_join_a_project(desk: Desk, office: Office) -> None:
    stranger = person()
    add = office.add_url(ProjectMembership)
    answer = office.save(add, project=desk.project.pk, user=stranger.pk, role=ProjectRole.MODERATOR)
    assert "to the organization first" in errors_of(answer)
    member = organization_member(desk.project.organization)
    answer = office.save(add, project=desk.project.pk, user=member.pk, role=ProjectRole.MODERATOR)
    assert answer.status_code == 302
    assert "already a member" in errors_of(
        office.save(add, project=desk.project.pk, user=member.pk, role=ProjectRole.VIEWER)
    )


def test_who_is_switched_off_or_unconfirmed_is_not_made_a_member(desk: Desk, office: Office) -> None:
    from allauth.account.models import EmailAddress

    off, waiting = person(), person()
    orgs.switch_account_off(off, by=desk.by())
    EmailAddress.objects.create(user=waiting, email=waiting.email, verified=False, primary=True)
    for user in (off, waiting):
        answer = office.save(
            office.add_url(OrganizationMembership),
            organization=desk.project.organization.pk,
            user=user.pk,
            role="administrator",
        )
        assert "valid choice" in errors_of(answer)


def test_an_organization_begins_with_an_administrator_who_is_not_the_operator(desk: Desk, office: Office) -> None:
    add = office.add_url(Organization)
    assert "required" in errors_of(office.save(add, name="New"))
    first = person()
    assert office.save(add, name="New", administrator=first.pk).status_code == 302
    made = Organization.objects.get(name="New")
    assert list(made.memberships.values_list("user", "role")) == [(first.pk, "administrator")]


def test_a_project_is_made_and_renamed(desk: Desk, office: Office) -> None:
    answer = office.save(office.add_url(Project), organization=desk.project.organization.pk, name="Second desk")
    assert answer.status_code == 302
    project = Project.objects.get(name="Second desk")
    assert project.slug == "second-desk"
    office.save(office.change_url(project), name="Third desk", slug="hijacked")
    project.refresh_from_db()
    assert (project.name, project.slug) == ("Third desk", "second-desk")
    # The operator is in neither.
    assert not office.operator.organization_memberships.exists()


def test_an_operator_asks_for_two_factors_without_being_a_member(desk: Desk, office: Office) -> None:
    organization = desk.project.organization
    assert office.save(office.change_url(organization), requires_two_factors="on").status_code == 302
    organization.refresh_from_db()
    assert organization.requires_two_factors


def test_archiving_asks_what_the_pages_ask(desk: Desk, office: Office) -> None:
    ticket = desk.open_ticket()
    organization = desk.project.organization
    assert "not archived" in messages_of(office.act("archive", organization))
    assert "open ticket" in messages_of(office.act("archive", desk.project))
    assert "open tickets" in messages_of(office.act("archive", desk.sector))
    desk.close(ticket, by=desk.administrator, tags=desk.tags[:1])
    office.act("archive", desk.project)
    office.act("archive", organization)
    assert "archived" in messages_of(office.act("restore", desk.project))
    office.act("restore", organization)
    assert "Restore" in messages_of(office.act("restore", desk.project))
    desk.project.refresh_from_db()
    assert desk.project.archived_at is None


@pytest.fixture
def archived(desk: Desk) -> list[Any]:
    """One thing of each kind in a project that is archived."""
    things = [
        desk.sector,
        desk.queue,
        desk.tags[0],
        quick_message(desk),
        queues.add_pause_reason(desk.project, "Lunch", by=desk.by()),
        ProjectMembership.objects.get(user=desk.agent()),
        desk.project,
    ]
    orgs.archive_project(desk.project, by=desk.by())
    return things


def test_nothing_changes_in_what_is_archived(archived: list[Any], office: Office, desk: Desk) -> None:
    before = AuditEntry.objects.count()
    for row in archived:
        assert office.client.get(office.change_url(row)).status_code == 200
        assert office.client.post(office.change_url(row), {"name": "x"}).status_code == 403, row
    for row in archived[:-1]:
        for action in ("archive", "restore", "remove"):
            office.act(action, row)
    adds: list[tuple[Any, dict[str, Any]]] = [
        (Queue, {"sector": desk.sector.pk, "name": "New"}),
        (Tag, {"sector": desk.sector.pk, "name": "New"}),
        (QuickMessage, {"sector": desk.sector.pk, "shortcut": "new", "text": "New"}),
        (PauseReason, {"project": desk.project.pk, "name": "New"}),
        (ProjectMembership, {"project": desk.project.pk, "user": desk.administrator.pk, "role": "viewer"}),
    ]
    for model, data in adds:
        assert "valid choice" in errors_of(office.save(office.add_url(model), **data)), model
    assert AuditEntry.objects.count() == before


def test_an_archived_sector_keeps_its_queues_and_tags_as_they_are(desk: Desk, office: Office) -> None:
    office.act("archive", desk.sector)
    assert last_entry().action == "sector.archived"
    for row in (desk.sector, desk.queue, desk.tags[0]):
        assert office.client.post(office.change_url(row), {"name": "x"}).status_code == 403
    office.act("restore", desk.sector)
    assert last_entry().action == "sector.restored"


# Sectors


def test_a_sector_is_changed_with_its_hours_managers_and_days(desk: Desk, office: Office) -> None:
    manager, day = desk.person(), special_day(desk, label="New Year")
    url = office.change_url(desk.sector)
    answer = office.save(
        url,
        name="Support",
        ticket_limit=7,
        always_open=None,
        **{
            "appointments-TOTAL_FORMS": 1,
            "appointments-0-user": manager.pk,
            "ranges-TOTAL_FORMS": 2,
            "ranges-0-weekday": 0,
            "ranges-0-hours": "08:00–12:00, 13:00–18:00",
            "ranges-1-weekday": 4,
            "ranges-1-hours": "22:00-02:00",
            "exceptions-0-hours": "10:00–12:00",
            "exceptions-TOTAL_FORMS": 2,
            "exceptions-1-date": "2031-12-25",
            "exceptions-1-label": "Christmas",
            "exceptions-1-yearly": "on",
        },
    )
    assert answer.status_code == 302, errors_of(answer)
    sector = Sector.objects.get(pk=desk.sector.pk)
    assert (sector.name, sector.ticket_limit, sector.always_open) == ("Support", 7, False)
    assert sector.hours.week[0] == ((480, 720), (780, 1080))
    assert sector.hours.week[4] == ((1320, 1560),)
    assert list(sector.managers.all()) == [manager]
    day.refresh_from_db()
    assert (day.ranges, day.label) == ([[600, 720]], "New Year")
    assert sector.exceptions.get(yearly=True).label == "Christmas"
    actions = set(AuditEntry.objects.filter(actor=office.operator).values_list("action", flat=True))
    assert actions == {"sector.changed", "special_day.changed", "special_day.added"}
    # The same again, one thing less of each.
    answer = office.save(url, **{"appointments-0-DELETE": "on", "ranges-1-DELETE": "on", "exceptions-0-DELETE": "on"})
    assert answer.status_code == 302
    sector = Sector.objects.get(pk=desk.sector.pk)
    assert (sector.managers.count(), sector.ranges.count(), sector.exceptions.count()) == (0, 2, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ticket_limit": 0}, "from 1 to 100"),
        ({"ticket_limit": 101}, "from 1 to 100"),
        ({"ticket_limit": "many"}, "whole number"),
        ({"timezone": "Mars/Olympus"}, "Choose a time zone"),
        ({"name": ""}, "required"),
        ({"ranges-TOTAL_FORMS": 2, "ranges-0-weekday": 0, "ranges-0-hours": "08:00–12:00",
          "ranges-1-weekday": 0, "ranges-1-hours": "11:00–13:00"}, "overlap"),
        ({"ranges-TOTAL_FORMS": 1, "ranges-0-weekday": 0, "ranges-0-hours": "mornings"}, "Write hours as"),
        ({"exceptions-TOTAL_FORMS": 1, "exceptions-0-date": "1900-01-01"}, "between 1970 and 2200"),
        ({"version": ""}, "did not arrive whole"),
        ({"version": "2020-01-01T00:00:00+00:00"}, "Somebody else has saved this"),
    ],
)  # fmt: skip
def test_a_sector_keeps_its_limits(desk: Desk, office: Office, changes: dict[str, Any], said: str) -> None:
    before = sectors.facts_of(desk.sector)
    answer = office.save(office.change_url(desk.sector), **{"name": "Changed", **changes})
    assert said in errors_of(answer)
    assert sectors.facts_of(Sector.objects.get(pk=desk.sector.pk)) == before


def test_a_manager_needs_access_to_chats(desk: Desk, office: Office) -> None:
    viewer = desk.person(ProjectRole.VIEWER)
    for user in (viewer, person()):
        answer = office.save(
            office.change_url(desk.sector), **{"appointments-TOTAL_FORMS": 1, "appointments-0-user": user.pk}
        )
        assert "no access to Chats" in errors_of(answer)
    assert not desk.sector.managers.exists()


def test_two_sectors_have_two_names(desk: Desk, office: Office) -> None:
    other = desk.add_sector(name="Sales")
    assert "already has a sector" in errors_of(office.save(office.change_url(other), name=desk.sector.name.upper()))


def test_a_sector_is_not_moved_to_another_project(desk: Desk, other_desk: Desk, office: Office) -> None:
    office.save(office.change_url(desk.sector), project=other_desk.project.pk)
    office.save(office.change_url(desk.queue), sector=other_desk.sector.pk)
    office.save(office.change_url(desk.tags[0]), sector=other_desk.sector.pk)
    desk.sector.refresh_from_db()
    desk.queue.refresh_from_db()
    assert (desk.sector.project, desk.queue.sector) == (desk.project, desk.sector)
    assert Tag.objects.get(pk=desk.tags[0].pk).sector == desk.sector


def test_a_row_of_another_sector_is_not_taken_along(desk: Desk, other_desk: Desk, office: Office) -> None:
    foreign = special_day(other_desk, label="Theirs")
    office.save(
        office.change_url(desk.sector),
        **{
            "exceptions-TOTAL_FORMS": 1,
            "exceptions-INITIAL_FORMS": 1,
            "exceptions-0-id": foreign.pk,
            "exceptions-0-sector": desk.sector.pk,
            "exceptions-0-date": "2031-01-01",
            "exceptions-0-label": "Ours",
        },
    )
    foreign.refresh_from_db()
    assert (foreign.label, foreign.sector) == ("Theirs", other_desk.sector)
    # What was sent is a day of the sector whose page it is.
    assert desk.sector.exceptions.get().label == "Ours"


# Queues


def test_a_queue_is_made_with_its_agents_who_get_what_waits(desk: Desk, office: Office) -> None:
    agent = desk.agent_online()
    queue = desk.add_queue("Second")
    ticket = desk.open_ticket(queue=queue)
    assert ticket.is_waiting
    answer = office.save(office.change_url(queue), **{"places-TOTAL_FORMS": 1, "places-0-user": agent.pk})
    assert answer.status_code == 302
    assert fresh(ticket).agent == agent
    office.save(office.change_url(queue), **{"places-0-DELETE": "on"})
    assert not queue.places.exists()


@pytest.mark.parametrize("role", [ProjectRole.VIEWER, None])
def test_roles_without_chats_are_put_on_no_queue(desk: Desk, office: Office, role: str | None) -> None:
    user = desk.person(role) if role else organization_member(desk.project.organization)
    places = {"places-TOTAL_FORMS": 1, "places-0-user": user.pk}
    assert "no access to Chats" in errors_of(office.save(office.change_url(desk.queue), **places))
    answer = office.save(office.add_url(Queue), sector=desk.sector.pk, name="New", **places)
    assert "no access to Chats" in errors_of(answer)
    assert not Queue.objects.filter(name="New").exists()


def test_a_queue_has_a_name_of_its_own_and_a_maximum(desk: Desk, office: Office) -> None:
    add = office.add_url(Queue)
    assert "already has a queue" in errors_of(office.save(add, sector=desk.sector.pk, name=desk.queue.name))
    for most in (-1, 10_001):
        assert errors_of(office.save(add, sector=desk.sector.pk, name="New", max_waiting=most))
    answer = office.save(add, sector=desk.sector.pk, name="New", max_waiting=5, on_hold="on")
    assert answer.status_code == 302
    made = Queue.objects.get(name="New")
    assert (made.max_waiting, made.on_hold) == (5, True)
    assert answer["Location"] == office.list_url(Queue)


def test_the_last_queue_stays(desk: Desk, office: Office) -> None:
    said = messages_of(office.act("archive", desk.queue))
    assert desk.queue.name in said
    desk.queue.refresh_from_db()
    assert desk.queue.archived_at is None


def test_of_two_operators_the_second_is_told(desk: Desk, office: Office) -> None:
    for row, changes in ((desk.queue, {"name": "Mine"}), (desk.tags[0], {"name": "Mine"})):
        seen = office.fields(office.change_url(row))
        assert office.save(office.change_url(row), name="Theirs").status_code == 302
        answer = office.client.post(office.change_url(row), {**seen, **changes})
        assert "Somebody else has saved this" in errors_of(answer)
        row.refresh_from_db()
        assert row.name == "Theirs"
