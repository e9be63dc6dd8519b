"""What administrators do to members, invitations, organizations, projects and tokens, for the audit log."""

from typing import Any

from allauth.usersessions.models import UserSession

from orgs import operations as orgs
from orgs.access import Actor
from orgs.models import OrganizationMembership, OrganizationRole, ProjectMembership, ProjectRole
from tests.builders import Desk, organization_member, organization_with, person, second_factor

from .audit_cases import Case, case_of

# Members


@case_of(orgs.add_to_organization)
def _(desk: Desk) -> Case:
    user = person()
    return Case(
        lambda: orgs.add_to_organization(desk.project.organization, user, "viewer", by=desk.by()),
        ["organization_member.added"],
    )


@case_of(orgs.add_to_project)
def _(desk: Desk) -> Case:
    user = organization_member(desk.project.organization)
    return Case(lambda: orgs.add_to_project(desk.project, user, "viewer", by=desk.by()), ["project_member.added"])


@case_of(orgs.change_organization_role)
def _(desk: Desk) -> Case:
    user = organization_member(desk.project.organization)
    membership = OrganizationMembership.objects.get(user=user)

    def do() -> None:
        orgs.change_organization_role(membership, OrganizationRole.FINANCIAL, by=desk.by())

    return Case(do, ["organization_member.role_changed"], do)


@case_of(orgs.change_project_role)
def _(desk: Desk) -> Case:
    membership = ProjectMembership.objects.get(user=desk.agent())

    def do() -> None:
        orgs.change_project_role(membership, ProjectRole.VIEWER, by=desk.by())

    return Case(do, ["project_member.role_changed"], do)


@case_of(orgs.remove_from_project)
def _(desk: Desk) -> Case:
    membership = ProjectMembership.objects.get(user=desk.agent())
    return Case(lambda: orgs.remove_from_project(membership, by=desk.by()), ["project_member.removed"])


@case_of(orgs.remove_from_organization)
def _(desk: Desk) -> Case:
    membership = OrganizationMembership.objects.get(user=desk.agent())
    return Case(
        lambda: orgs.remove_from_organization(membership, by=desk.by()),
        ["organization_member.removed", "project_member.removed"],
    )


# Accounts


@case_of(orgs.switch_account_off)
def _(desk: Desk) -> Case:
    user = desk.agent()
    return Case(
        lambda: orgs.switch_account_off(user, by=desk.by()),
        ["account.switched_off"],
        lambda: orgs.switch_account_off(user, by=desk.by()),
    )


@case_of(orgs.switch_account_on)
def _(desk: Desk) -> Case:
    user = desk.agent()
    orgs.switch_account_off(user, by=desk.by())

    def do() -> None:
        orgs.switch_account_on(user, by=desk.by())

    return Case(do, ["account.switched_on"], do)


@case_of(orgs.end_sessions)
def _(desk: Desk) -> Case:
    user = desk.agent()
    UserSession.objects.create(user=user, ip="127.0.0.1", session_key=f"of-{user.pk}", user_agent="a browser")

    def do() -> None:
        orgs.end_sessions(user, by=desk.by())

    return Case(do, ["account.sessions_ended"], do)


@case_of(orgs.note_password_mail)
def _(desk: Desk) -> Case:
    user = desk.agent()
    return Case(lambda: orgs.note_password_mail(user, by=desk.by()), ["account.password_mail_sent"])


# Invitations


def invite(desk: Desk) -> tuple[Any, str]:
    _membership, invitation, secret = orgs.add_by_email(
        desk.project.organization, "new@example.org", "viewer", by=desk.by()
    )
    return invitation, secret


@case_of(orgs.add_by_email)
def _(desk: Desk) -> Case:
    return Case(lambda: invite(desk), ["invitation.sent"])


@case_of(orgs.add_to_project_by_email)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.add_to_project_by_email(desk.project, "new@example.org", "viewer", by=desk.by(), may_invite=True)

    return Case(do, ["invitation.sent"])


@case_of(orgs.renew)
def _(desk: Desk) -> Case:
    invitation, _secret = invite(desk)
    return Case(lambda: orgs.renew(invitation, by=desk.by()), ["invitation.renewed"])


@case_of(orgs.show_link)
def _(desk: Desk) -> Case:
    invitation, _secret = invite(desk)
    return Case(lambda: orgs.show_link(invitation, by=desk.by()), ["invitation.link_shown"])


@case_of(orgs.revoke)
def _(desk: Desk) -> Case:
    invitation, _secret = invite(desk)

    def do() -> None:
        orgs.revoke(invitation, by=desk.by())

    return Case(do, ["invitation.revoked"], do)


@case_of(orgs.accept)
def _(desk: Desk) -> Case:
    _invitation, secret = invite(desk)
    user = orgs.create_account("new@example.org", "a long password")
    return Case(lambda: orgs.accept(secret, user), ["invitation.accepted", "organization_member.added"])


@case_of(orgs.accept_all)
def _(desk: Desk) -> Case:
    invite(desk)
    user = orgs.create_account("new@example.org", "a long password")
    return Case(lambda: orgs.accept_all(user), ["invitation.accepted", "organization_member.added"])


# Organizations and projects


@case_of(orgs.create_organization)
def _(desk: Desk) -> Case:
    by = Actor(user=desk.administrator)
    return Case(lambda: orgs.create_organization("New", by=by), ["organization.created"])


@case_of(orgs.create_project)
def _(desk: Desk) -> Case:
    return Case(lambda: orgs.create_project(desk.project.organization, "New", by=desk.by()), ["project.created"])


@case_of(orgs.rename_organization)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.rename_organization(desk.project.organization, "Another", by=desk.by())

    return Case(do, ["organization.renamed"], do)


@case_of(orgs.rename_project)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.rename_project(desk.project, "Another", by=desk.by())

    return Case(do, ["project.renamed"], do)


@case_of(orgs.require_two_factors)
def _(desk: Desk) -> Case:
    second_factor(desk.administrator)

    def do() -> None:
        orgs.require_two_factors(desk.project.organization, True, by=desk.by())

    return Case(do, ["organization.two_factors_required"], do)


@case_of(orgs.archive_organization)
def _(desk: Desk) -> Case:
    other = organization_with(desk.administrator)

    def do() -> None:
        orgs.archive_organization(other, by=Actor(user=desk.administrator))

    return Case(do, ["organization.archived"], do)


@case_of(orgs.restore_organization)
def _(desk: Desk) -> Case:
    other = organization_with(desk.administrator)
    orgs.archive_organization(other, by=Actor(user=desk.administrator))

    def do() -> None:
        orgs.restore_organization(other, by=Actor(user=desk.administrator))

    return Case(do, ["organization.restored"], do)


@case_of(orgs.restore_project)
def _(desk: Desk) -> Case:
    orgs.archive_project(desk.project, by=Actor(user=desk.administrator))

    def do() -> None:
        orgs.restore_project(desk.project, by=Actor(user=desk.administrator))

    return Case(do, ["project.restored"], do)


@case_of(orgs.archive_project)
def _(desk: Desk) -> Case:
    def do() -> None:
        orgs.archive_project(desk.project, by=Actor(user=desk.administrator))

    return Case(do, ["project.archived"], do)


# Tokens


@case_of(orgs.create_token)
def _(desk: Desk) -> Case:
    return Case(
        lambda: orgs.create_token("New", by=desk.by(), scopes=["read"], project=desk.project), ["token.created"]
    )


@case_of(orgs.revoke_token)
def _(desk: Desk) -> Case:
    token, _secret = orgs.create_token("New", by=desk.by(), scopes=["read"], project=desk.project)

    def do() -> None:
        orgs.revoke_token(token, by=desk.by())

    return Case(do, ["token.revoked"], do)
