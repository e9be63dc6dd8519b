"""A right that ends while somebody who has it waits for a lock is over when the wait is (docs/rules.md, Ending
access): nothing that lasts is made with it."""

from functools import partial
from typing import Any

import pytest

from core.errors import Conflict, NotAllowed
from orgs import operations as orgs
from orgs.access import SYSTEM, Actor, token_member
from orgs.accounts.adapters import AccountAdapter
from orgs.models import ApiToken, OrganizationMembership, ProjectRole, TokenScope, User
from orgs.operations import InvitationUnusable
from queues import operations as queues
from queues.models import AgentStatus, Status, StatusChange
from tests.builders import Desk, organization_with, person

from .parallel import overlapping


def invited(address: str = "newcomer@example.org") -> tuple[Any, str, User]:
    """An invitation, its secret and the account of whoever it is for."""
    _added, invitation, secret = orgs.add_by_email(organization_with(), address, "viewer", by=SYSTEM)
    return invitation, secret, User.objects.create_user(address)


def test_the_link_of_an_invitation_that_is_replaced(transactional_db: None) -> None:
    invitation, old, user = invited()
    new, refused = overlapping(partial(orgs.renew, invitation, by=SYSTEM), partial(orgs.accept, old, user))
    assert isinstance(refused, InvitationUnusable)
    assert not OrganizationMembership.objects.filter(user=user).exists()
    orgs.accept(new, user)


def test_the_address_that_was_invited(transactional_db: None) -> None:
    _invitation, secret, user = invited()
    another = partial(User.objects.filter(pk=user.pk).update, email="another@example.org")
    _done, refused = overlapping(another, partial(orgs.accept, secret, user))
    assert isinstance(refused, InvitationUnusable)
    assert refused.code == "invitation_of_another_address"
    assert not OrganizationMembership.objects.filter(user=user).exists()


def test_the_link_for_a_new_password(transactional_db: None) -> None:
    account = person()
    one, other = (User.objects.get(pk=account.pk) for _ in range(2))
    adapter = AccountAdapter()
    done, refused = overlapping(
        partial(adapter.set_password, one, "one horse battery"),
        partial(adapter.set_password, other, "a staple"),
    )
    assert done is None
    assert isinstance(refused, Conflict)
    account.refresh_from_db()
    assert account.check_password("one horse battery")


def test_an_account_whose_password_changes(transactional_db: None) -> None:
    account = person()
    asked = User.objects.get(pk=account.pk)
    off = partial(orgs.switch_account_off, account, by=SYSTEM)
    overlapping(off, partial(AccountAdapter().set_password, asked, "another horse battery"))
    account.refresh_from_db()
    assert account.check_password("another horse battery")
    assert not account.is_active


@pytest.mark.parametrize("status", [Status.ONLINE, Status.PAUSED])
def test_access_to_chats_of_whoever_says_that_they_are_there(desk: Desk, status: str) -> None:
    agent = desk.agent_online()
    come = partial(queues.set_status, desk.project, agent, status, by=desk.by(agent))
    removed, refused = overlapping(partial(desk.remove, agent), come)
    assert removed is None
    assert isinstance(refused, NotAllowed)
    assert AgentStatus.objects.get(user=agent).status == Status.OFFLINE
    assert not StatusChange.objects.filter(user=agent, ended_at=None).exists()
    # Nobody is kept from going.
    queues.set_status(desk.project, agent, Status.OFFLINE, by=SYSTEM)


def test_a_token_that_makes_another(desk: Desk) -> None:
    token, _secret = orgs.create_token("Parent", by=SYSTEM, scopes=[TokenScope.ADMINISTER], project=desk.project)
    member = token_member(token, desk.project.pk)
    assert member is not None
    make = partial(orgs.create_token, "Child", by=Actor.of(member), scopes=[TokenScope.READ], project=desk.project)
    _revoked, refused = overlapping(partial(orgs.revoke_token, token, by=desk.by()), make)
    assert isinstance(refused, NotAllowed)
    assert ApiToken.objects.get() == token


@pytest.mark.parametrize("office", ["project", "organization"])
def test_the_office_of_whoever_makes_a_token(desk: Desk, office: str) -> None:
    organization = desk.project.organization
    if office == "project":
        user = desk.person(ProjectRole.MODERATOR)
        by, reach, end = desk.by(user), {"project": desk.project}, partial(desk.remove, user)
    else:
        user = desk.person(ProjectRole.MODERATOR)
        place = OrganizationMembership.objects.get(organization=organization, user=user)
        orgs.change_organization_role(place, "administrator", by=SYSTEM)
        by, reach = Actor(user=user), {"organization": organization}
        end = partial(orgs.remove_from_organization, place, by=SYSTEM)
    make = partial(orgs.create_token, "Mine", by=by, scopes=[TokenScope.READ], **reach)
    ended, refused = overlapping(end, make)
    assert ended is None
    assert isinstance(refused, NotAllowed)
    assert not ApiToken.objects.exists()
