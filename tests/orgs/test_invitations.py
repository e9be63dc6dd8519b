"""Invitations (docs/rules.md, Invitations)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.errors import DomainError, Invalid
from core.person_names import PersonName
from orgs import operations as orgs
from orgs.access import Actor, member_of
from orgs.models import AuditEntry, Invitation, Organization, OrganizationMembership, Project, User
from orgs.operations import InvitationUnusable
from orgs.operations.invitations import renew_link
from tests.builders import administrator_of, organization_member, organization_with, person, project_of
from tests.refusals import refused

ADDRESS = "newcomer@example.org"


def by(organization: Organization) -> Actor:
    return Actor(user=administrator_of(organization))


def invite(organization: Organization, address: str = ADDRESS, **project) -> tuple[Invitation, str]:
    membership, invitation, secret = orgs.add_by_email(
        organization, address, "viewer", by=by(organization), **project
    )
    assert membership is None
    assert invitation is not None
    return invitation, secret


def test_who_has_an_account_is_a_member_at_once(project: Project) -> None:
    user = person()
    membership, invitation, secret = orgs.add_by_email(
        project.organization,
        f"  {user.email.upper()} ",
        "contributor",
        by=by(project.organization),
        project=project,
        project_role="attendant",
    )
    assert (invitation, secret) == (None, "")
    assert membership is not None
    assert membership.role == "contributor"
    assert member_of(user, project.pk) is not None


def test_anyone_else_has_the_role_from_accepting(project: Project) -> None:
    _invitation, secret = invite(project.organization, project=project, project_role="attendant")
    user = User.objects.create_user(ADDRESS)
    assert member_of(user, project.pk) is None
    orgs.accept(secret, user)
    member = member_of(user, project.pk)
    assert member is not None
    assert (member.organization_role, member.project_role) == ("viewer", "attendant")


def test_an_invitation_is_for_one_use(organization: Organization) -> None:
    _invitation, secret = invite(organization)
    user = User.objects.create_user(ADDRESS)
    orgs.accept(secret, user)
    with pytest.raises(InvitationUnusable):
        orgs.accept(secret, user)
    with pytest.raises(InvitationUnusable):
        orgs.usable_invitation(secret)


def test_an_invitation_is_for_one_address(organization: Organization) -> None:
    _invitation, secret = invite(organization)
    other = person()
    with pytest.raises(InvitationUnusable) as refusal:
        orgs.accept(secret, other)
    assert refusal.value.code == "invitation_of_another_address"
    assert not OrganizationMembership.objects.filter(user=other).exists()
    orgs.accept(secret, User.objects.create_user(ADDRESS.upper()))


def test_an_invitation_lasts_seven_days(organization: Organization) -> None:
    _invitation, secret = invite(organization)
    user = User.objects.create_user(ADDRESS)
    with (
        time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)),
        pytest.raises(InvitationUnusable),
    ):
        orgs.accept(secret, user)
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        orgs.accept(secret, user)


def test_a_new_link_kills_the_old_one_and_lives_again(organization: Organization) -> None:
    invitation, old = invite(organization)
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        new = orgs.renew(invitation, by=by(organization))
        with pytest.raises(InvitationUnusable):
            orgs.usable_invitation(old)
        orgs.accept(new, User.objects.create_user(ADDRESS))
        with pytest.raises(InvitationUnusable):
            orgs.renew(invitation, by=by(organization))
        with pytest.raises(InvitationUnusable):
            orgs.revoke(invitation, by=by(organization))


def test_a_revoked_invitation_is_dead_and_makes_room_for_another(organization: Organization) -> None:
    invitation, secret = invite(organization)
    orgs.revoke(invitation, by=by(organization))
    orgs.revoke(invitation, by=by(organization))
    with pytest.raises(InvitationUnusable):
        orgs.accept(secret, User.objects.create_user(ADDRESS))
    with pytest.raises(InvitationUnusable):
        orgs.renew(invitation, by=by(organization))
    assert AuditEntry.objects.filter(action="invitation.revoked").count() == 1


def test_an_address_is_invited_once_by_an_organization(organization: Organization) -> None:
    invite(organization)
    with pytest.raises(DomainError) as refusal:
        invite(organization, "NEWCOMER@example.org")
    assert refusal.value.code == "already_invited"
    invite(organization_with())


@pytest.mark.parametrize("secret", ["", "x", "x" * 10_000, "\x00", "né"])
def test_unknown_links(db: None, secret: str) -> None:
    with pytest.raises(InvitationUnusable):
        orgs.usable_invitation(secret)


@pytest.mark.parametrize(
    "address", ["", "x", "a@b", "a@", "x" * 300 + "@example.org", None, 5, "a b@example.org", "\x00"]
)
def test_addresses_that_are_none(organization: Organization, address) -> None:
    with pytest.raises(Invalid) as refusal:
        orgs.add_by_email(organization, address, "viewer", by=by(organization))
    assert refusal.value.field == "email"


def test_who_became_a_member_meanwhile_keeps_that_role(organization: Organization) -> None:
    _invitation, secret = invite(organization)
    user = organization_member(organization, "contributor", User.objects.create_user(ADDRESS))
    orgs.accept(secret, user)
    assert OrganizationMembership.objects.get(user=user).role == "contributor"


def test_a_member_is_not_invited_again(organization: Organization) -> None:
    user = organization_member(organization)
    with pytest.raises(DomainError) as refusal:
        orgs.add_by_email(organization, user.email, "viewer", by=by(organization))
    assert refusal.value.code == "already_member"


def test_a_refused_place_in_the_project_leaves_no_place_in_the_organization(project: Project) -> None:
    user = person()
    with pytest.raises(Invalid):
        orgs.add_by_email(
            project.organization,
            user.email,
            "viewer",
            by=by(project.organization),
            project=project,
            project_role="king",
        )
    assert not OrganizationMembership.objects.filter(user=user).exists()


def test_a_pending_invitation_takes_further_projects_and_accepting_opens_all(project: Project) -> None:
    organization = project.organization
    second = project_of(organization)
    _invitation, secret = invite(organization)
    for place, role in ((project, "attendant"), (second, "moderator"), (project, "contributor")):
        _m, same, no_secret = orgs.add_to_project_by_email(
            place, ADDRESS.upper(), role, by=by(organization), may_invite=True
        )
        assert no_secret == "", "the link that was mailed opens the project too"
    assert Invitation.objects.get() == same
    entries = AuditEntry.objects.filter(action="invitation.extended").order_by("at")
    assert [(entry.project, entry.before, entry.after) for entry in entries] == [
        (project, {}, {"role": "attendant"}),
        (second, {}, {"role": "moderator"}),
        (project, {"role": "attendant"}, {"role": "contributor"}),
    ]
    with refused("already_invited"):
        orgs.add_to_project_by_email(second, ADDRESS, "moderator", by=by(organization), may_invite=True)
    with refused("not_in_organization"):
        orgs.add_to_project_by_email(second, ADDRESS, "viewer", by=by(organization), may_invite=False)
    user = User.objects.create_user(ADDRESS)
    orgs.accept(secret, user)
    roles = {}
    for place in (project, second):
        member = member_of(user, place.pk)
        assert member is not None
        roles[place.pk] = member.project_role
    assert roles == {project.pk: "contributor", second.pk: "moderator"}


def test_an_expired_invitation_that_is_extended_gets_a_new_link(project: Project) -> None:
    _invitation, old = invite(project.organization)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        _m, _i, secret = orgs.add_to_project_by_email(
            project, ADDRESS, "viewer", by=by(project.organization), may_invite=True
        )
        assert orgs.usable_invitation(secret).projects.get().project == project
        with pytest.raises(InvitationUnusable):
            orgs.usable_invitation(old)


def test_a_link_that_is_shown_takes_the_place_of_the_one_in_the_mail(organization: Organization) -> None:
    invitation, mailed = invite(organization)
    shown = orgs.show_link(invitation, by=by(organization))
    assert orgs.usable_invitation(shown) == invitation
    with pytest.raises(InvitationUnusable):
        orgs.usable_invitation(mailed)
    # An e-mail that still waits for the worker leaves the link alone.
    assert renew_link(invitation.pk) is None
    orgs.renew(invitation, by=by(organization))
    assert renew_link(invitation.pk) is not None
    orgs.revoke(invitation, by=by(organization))
    with pytest.raises(InvitationUnusable):
        orgs.show_link(invitation, by=by(organization))


@pytest.mark.parametrize(("given", "shown"), [("", "Ana Silva"), ("Anita", "Anita")])
def test_who_gives_no_name_has_the_one_that_stood_beside_the_address(
    organization: Organization, given: str, shown: str
) -> None:
    named = PersonName("Ana", "Silva")
    _m, _i, secret = orgs.add_by_email(organization, ADDRESS, "viewer", by=by(organization), name=named)
    user = User.objects.create_user(ADDRESS, first_name=given)
    orgs.accept(secret, user)
    assert User.objects.get(pk=user.pk).name == shown
