"""What goes on for a while ends with the right to it (docs/rules.md, Ending access)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.errors import NotAllowed
from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import OrganizationMembership, ProjectRole, User
from orgs.operations import InvitationUnusable
from reports import export
from tests.builders import Desk, organization_with, project_of
from tickets import operations
from tickets.operations import bulk


def take_role(desk: Desk, user: User) -> None:
    """Take somebody's role in the project away."""
    desk.remove(user)


def no_manager(desk: Desk, user: User) -> None:
    """Take a manager's appointment away."""
    from sectors import operations as sectors

    sectors.update_sector(desk.sector, by=desk.by(), managers=[])


@pytest.mark.parametrize("end", [take_role, no_manager])
def test_many_tickets_are_closed_as_long_as_the_right_lasts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, end: Callable[[Desk, User], None]
) -> None:
    manager = desk.manager()
    tickets = [desk.open_ticket() for _ in range(3)]
    close = bulk.close

    def close_and_end(pk: Any, **values: Any) -> Any:
        done = close(pk, **values)
        if pk == tickets[1].pk:
            end(desk, manager)
        return done

    monkeypatch.setattr(bulk, "close", close_and_end)
    outcomes = operations.close_many([t.pk for t in tickets], by=desk.by(manager), tag_ids=[desk.tags[0].pk])
    assert [(outcome.done, outcome.code) for outcome in outcomes] == [(True, ""), (True, ""), (False, "not_allowed")]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in parts of two lines."""
    monkeypatch.setattr(export, "CHUNK", 2)
    monkeypatch.setattr("orgs.audit.search.CHUNK", 2)


def begin(user: User, name: str, place: Any, lines: int) -> Iterator[bytes]:
    """Ask for a file and read its first lines, after the mark and the header."""
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(name, args=[place]))
    assert answer.status_code == 200
    rest = iter(answer.streaming_content)
    for _ in range(2 + lines):
        assert next(rest)
    return rest


@pytest.mark.usefixtures("small_parts")
def test_the_file_of_history_ends_with_the_right_to_read_on(desk: Desk) -> None:
    moderator = desk.person(ProjectRole.MODERATOR)
    for _ in range(5):
        desk.close(desk.open_ticket())
    rest = begin(moderator, "reports:export_csv", desk.project.pk, lines=2)
    desk.remove(moderator)
    with pytest.raises(NotAllowed):
        list(rest)


@pytest.mark.usefixtures("small_parts")
def test_the_file_of_history_goes_on_with_what_is_left_to_see(desk: Desk) -> None:
    manager = desk.manager()
    for _ in range(5):
        desk.close(desk.open_ticket())
    rest = begin(manager, "reports:export_csv", desk.project.pk, lines=2)
    no_manager(desk, manager)
    assert list(rest) == []


@pytest.mark.usefixtures("small_parts")
def test_the_file_of_the_audit_log_ends_with_the_right_to_read_on(desk: Desk) -> None:
    moderator = desk.person(ProjectRole.MODERATOR)
    administrator = desk.person(ProjectRole.VIEWER)
    place = OrganizationMembership.objects.get(user=administrator)
    orgs.change_organization_role(place, "administrator", by=SYSTEM)
    of_project = begin(moderator, "orgs:project_audit_csv", desk.project.pk, lines=2)
    of_organization = begin(administrator, "orgs:organization_audit_csv", place.organization_id, lines=2)
    desk.remove(moderator)
    orgs.change_organization_role(place, "contributor", by=SYSTEM)
    for rest in (of_project, of_organization):
        with pytest.raises(NotAllowed):
            list(rest)


def test_an_invitation_to_what_is_archived_waits_until_it_is_back(db: None) -> None:
    organization = organization_with()
    project = project_of(organization)
    _added, _invitation, secret = orgs.add_by_email(organization, "newcomer@example.org", "viewer", by=SYSTEM)
    user = User.objects.create_user("newcomer@example.org")
    orgs.archive_project(project, by=SYSTEM)
    orgs.archive_organization(organization, by=SYSTEM)
    with pytest.raises(InvitationUnusable):
        orgs.usable_invitation(secret)
    with pytest.raises(InvitationUnusable):
        orgs.accept(secret, user)
    assert not orgs.is_invited("newcomer@example.org")
    assert orgs.accept_all(user) == []
    orgs.restore_organization(organization, by=SYSTEM)
    orgs.accept(secret, user)
