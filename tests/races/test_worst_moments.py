"""Two things of which the second begins before the first is committed."""

from functools import partial

import pytest

from core.errors import DomainError
from orgs import operations as orgs
from orgs.models import OrganizationMembership, ProjectMembership, ProjectRole, User
from queues import operations as queues
from queues.models import QueueAgent, Status
from sectors.operations import NoAccessToChats
from tags import operations as tags
from tests.builders import Desk, fresh, put_on
from tickets import operations as tickets
from tickets.models import Ticket

from .parallel import overlapping, succeeded


def _either_way(one, other, order: str) -> list:
    """Run two overlapping, in this or the other order; results are in the order given here."""
    return overlapping(one, other) if order == "this" else overlapping(other, one)[::-1]


both_orders = pytest.mark.parametrize("order", ["this", "other"])


def test_a_message_that_comes_during_a_transfer_is_stored(desk: Desk) -> None:
    ticket, second = desk.open_ticket(), desk.add_queue()
    _moved, message = succeeded(
        overlapping(
            partial(tickets.transfer_to_queue, ticket.pk, second, by=desk.by()),
            partial(desk.message, ticket),
        )
    )
    assert message.ticket_id == ticket.pk
    assert fresh(ticket).queue == second


def test_a_message_that_comes_during_a_transfer_to_another_sector_is_stored(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket, other = desk.open_ticket(), desk.add_sector()
    succeeded(
        overlapping(
            partial(tickets.transfer_to_queue, ticket.pk, other.queues.get(), by=desk.by(agent)),
            partial(desk.message, ticket),
        )
    )


@both_orders
def test_a_message_that_comes_while_the_ticket_is_assigned(desk: Desk, order: str) -> None:
    agent = desk.agent()
    ticket = desk.open_ticket()
    succeeded(_either_way(partial(desk.status, agent, Status.ONLINE), partial(desk.message, ticket), order))
    assert fresh(ticket).agent == agent


def test_closing_during_a_transfer_to_another_sector(desk: Desk) -> None:
    ticket, other = desk.open_ticket(), desk.add_sector()
    tag = other.tags.all()[0]
    results = overlapping(
        partial(tickets.transfer_to_queue, ticket.pk, other.queues.get(), by=desk.by()),
        partial(tickets.close, ticket.pk, by=desk.by(), tag_ids=[tag.pk]),
    )
    succeeded(results)
    assert fresh(ticket).sector == other
    assert fresh(ticket).is_closed


@both_orders
def test_an_agent_comes_online_while_being_put_on_a_queue(desk: Desk, order: str) -> None:
    agent = desk.person(word="agent")
    ticket = desk.open_ticket()
    succeeded(_either_way(partial(put_on, desk.queue, agent), partial(desk.status, agent, Status.ONLINE), order))
    assert fresh(ticket).agent == agent


@both_orders
def test_an_agent_pauses_while_being_put_on_a_queue(desk: Desk, order: str) -> None:
    agent = desk.agent_online(desk.add_queue(sector=desk.add_sector()))
    ticket = desk.open_ticket()
    succeeded(_either_way(partial(put_on, desk.queue, agent), partial(desk.status, agent, Status.PAUSED), order))
    assert fresh(ticket).agent in (None, agent)


@both_orders
def test_a_member_is_removed_while_a_ticket_is_given_to_them(desk: Desk, order: str) -> None:
    user = desk.person()
    ticket = desk.open_ticket()
    removed, given = _either_way(
        partial(desk.remove, user),
        partial(tickets.assign, ticket.pk, user, by=desk.by()),
        order,
    )
    assert removed is None
    assert isinstance(given, Ticket | NoAccessToChats)
    assert fresh(ticket).agent is None


@both_orders
@pytest.mark.parametrize("how", ["removed", "viewer", "out of the organization"])
def test_access_ends_while_the_person_is_put_on_a_queue(desk: Desk, order: str, how: str) -> None:
    user = desk.person()
    by = desk.by()

    def end() -> None:
        membership = ProjectMembership.objects.get(project=desk.project, user=user)
        if how == "removed":
            orgs.remove_from_project(membership, by=by)
        elif how == "viewer":
            orgs.change_project_role(membership, ProjectRole.VIEWER, by=by)
        else:
            orgs.remove_from_organization(
                OrganizationMembership.objects.get(organization=desk.project.organization, user=user),
                by=by,
            )

    ended, put = _either_way(end, partial(put_on, desk.queue, user), order)
    assert ended is None
    assert put is None or isinstance(put, NoAccessToChats)
    assert not QueueAgent.objects.filter(user=user).exists()


@both_orders
def test_access_ends_while_the_person_is_appointed_manager(desk: Desk, order: str) -> None:
    from sectors.models import SectorManager
    from sectors.operations import update_sector

    user = desk.person()
    removed, appointed = _either_way(
        partial(desk.remove, user),
        partial(update_sector, desk.sector, by=desk.by(), managers=[user]),
        order,
    )
    assert removed is None
    assert not SectorManager.objects.filter(user=user).exists()
    assert appointed == desk.sector or isinstance(appointed, NoAccessToChats)


@both_orders
def test_a_member_is_removed_while_a_ticket_is_routed_to_them(desk: Desk, order: str) -> None:
    agent = desk.agent_online()
    removed, ticket = _either_way(partial(desk.remove, agent), desk.open_ticket, order)
    assert removed is None
    assert fresh(ticket).agent is None


@both_orders
@pytest.mark.parametrize("change", [tags.archive_tag, tags.restore_tag])
def test_a_tag_is_renamed_while_it_is_archived_or_restored(desk: Desk, order: str, change) -> None:
    tag = desk.tags[0]
    if change is tags.restore_tag:
        tags.archive_tag(tag, by=desk.by())
    succeeded(
        _either_way(
            partial(tags.change_tag, tag, name="Renamed", by=desk.by()),
            partial(change, tag, by=desk.by()),
            order,
        )
    )
    tag.refresh_from_db()
    assert tag.name == "Renamed"


@both_orders
def test_a_queue_is_archived_while_a_ticket_comes(desk: Desk, order: str) -> None:
    second = desk.add_queue()
    archived, ticket = _either_way(
        partial(queues.archive_queue, second, by=desk.by()),
        partial(desk.open_ticket, queue=second),
        order,
    )
    codes = {r.code for r in (archived, ticket) if isinstance(r, DomainError)}
    assert codes in ({"archived"}, {"queue_has_open_tickets"})


@both_orders
def test_the_last_two_queues_are_archived(desk: Desk, order: str) -> None:
    second = desk.add_queue()
    results = _either_way(
        partial(queues.archive_queue, desk.queue, by=desk.by()),
        partial(queues.archive_queue, second, by=desk.by()),
        order,
    )
    assert [r.code for r in results if isinstance(r, DomainError)] == ["last_queue"]


@both_orders
def test_the_last_two_tags_are_archived(desk: Desk, order: str) -> None:
    results = _either_way(*(partial(tags.archive_tag, tag, by=desk.by()) for tag in desk.tags), order)
    assert [r.code for r in results if isinstance(r, DomainError)] == ["last_tag"]


@both_orders
def test_a_tag_is_archived_while_a_ticket_is_closed_with_it(desk: Desk, order: str) -> None:
    ticket = desk.open_ticket()
    _archived, closed = _either_way(
        partial(tags.archive_tag, desk.tags[0], by=desk.by()),
        partial(desk.close, ticket),
        order,
    )
    assert fresh(ticket).is_closed or closed.code == "foreign_tag"


@both_orders
def test_both_administrators_leave(desk: Desk, order: str) -> None:
    from tests.builders import organization_member

    organization = desk.project.organization
    second = organization_member(organization, "administrator")
    rows = [
        OrganizationMembership.objects.get(organization=organization, user=user)
        for user in (desk.administrator, second)
    ]
    by = desk.by()
    results = _either_way(
        partial(orgs.remove_from_organization, rows[0], by=by),
        partial(orgs.change_organization_role, rows[1], "viewer", by=by),
        order,
    )
    assert [r.code for r in results if isinstance(r, DomainError)] == ["last_administrator"]
    assert len([r for r in results if not isinstance(r, BaseException)]) == 1


@both_orders
def test_an_invitation_is_accepted_twice(desk: Desk, order: str) -> None:
    organization = desk.project.organization
    _row, _invitation, secret = orgs.add_by_email(organization, "newcomer@example.org", "viewer", by=desk.by())
    user = User.objects.create_user("newcomer@example.org")
    results = _either_way(partial(orgs.accept, secret, user), partial(orgs.accept, secret, user), order)
    assert [r.code for r in results if isinstance(r, DomainError)] == ["invitation_unusable"]


@both_orders
def test_the_first_two_closings_by_the_flow(desk: Desk, order: str) -> None:
    one, other = desk.open_ticket(), desk.open_ticket()
    from tests.builders import FLOW

    succeeded(
        _either_way(
            partial(tickets.close_by_flow, one.pk, by=FLOW),
            partial(tickets.close_by_flow, other.pk, by=FLOW),
            order,
        )
    )
    assert desk.sector.tags.filter(closed_by_flow=True).count() == 1
