"""What the database refuses in the orgs app, when the code is gone around."""

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction

from orgs.access import SYSTEM
from orgs.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    InvitedProject,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    User,
)
from orgs.operations import add_by_email, create_token
from tests.builders import Desk, administrator_of, organization_member, organization_with, person, project_of
from tests.races.parallel import commit_together
from tests.refusals import constraint_of, refused_by


def _membership(organization: Organization, user: User, role: str) -> OrganizationMembership:
    return OrganizationMembership(organization=organization, user=user, role=role)


def test_a_member_of_a_project_is_a_member_of_its_organization(project: Project) -> None:
    with refused_by("project_member_is_in_organization"):
        ProjectMembership.objects.create(
            organization=project.organization,
            project=project,
            user=person("stranger"),
            role=ProjectRole.ATTENDANT,
        )


def test_a_membership_names_the_organization_of_its_project(project: Project) -> None:
    elsewhere = organization_with()
    with refused_by("project_member_of_its_organization"):
        ProjectMembership.objects.create(
            organization=elsewhere,
            project=project,
            user=administrator_of(elsewhere),
            role=ProjectRole.MODERATOR,
        )


def test_leaving_the_organization_but_not_its_project_is_refused(desk: Desk) -> None:
    agent = desk.agent()
    with refused_by("project_member_is_in_organization"):
        OrganizationMembership.objects.filter(user=agent).delete()


def test_a_person_is_a_member_once(organization: Organization) -> None:
    user = organization_member(organization)
    with refused_by("organization_member_once"):
        OrganizationMembership.objects.bulk_create([_membership(organization, user, OrganizationRole.VIEWER)])


def test_a_person_is_a_member_of_a_project_once(desk: Desk) -> None:
    agent = desk.agent()
    with refused_by("project_member_once"):
        ProjectMembership.objects.bulk_create(
            [
                ProjectMembership(
                    organization=desk.project.organization,
                    project=desk.project,
                    user=agent,
                    role=ProjectRole.VIEWER,
                )
            ]
        )


@pytest.mark.parametrize("role", ["owner", "", "Administrator"])
def test_unknown_roles_are_refused(desk: Desk, role: str) -> None:
    user = desk.agent()
    with refused_by("organization_role_known"):
        OrganizationMembership.objects.filter(user=user).update(role=role)
    with refused_by("project_role_known"):
        ProjectMembership.objects.filter(user=user).update(role=role)


@pytest.mark.parametrize("how", ["delete", "demote"])
def test_the_last_administrator_stays(organization: Organization, how: str) -> None:
    rows = OrganizationMembership.objects.filter(organization=organization, role=OrganizationRole.ADMINISTRATOR)
    with refused_by("organization_keeps_administrator"):
        if how == "delete":
            rows.delete()
        else:
            rows.update(role=OrganizationRole.VIEWER)


def test_one_of_two_administrators_may_go(organization: Organization) -> None:
    second = organization_member(organization, OrganizationRole.ADMINISTRATOR)
    OrganizationMembership.objects.filter(user=second).delete()
    connection.check_constraints()


@pytest.mark.parametrize("how", ["delete", "demote"])
@pytest.mark.django_db(transaction=True)
def test_two_administrators_removed_at_once_leave_one(how: str) -> None:
    organization = organization_with()
    first = administrator_of(organization)
    second = organization_member(organization, OrganizationRole.ADMINISTRATOR)

    def go(user: User) -> None:
        row = OrganizationMembership.objects.filter(organization=organization, user=user)
        if how == "delete":
            row.delete()
        else:
            row.update(role=OrganizationRole.VIEWER)

    results = commit_together(lambda: go(first), lambda: go(second))
    refusals = [r for r in results if r is not None]
    assert len(refusals) == 1
    assert isinstance(refusals[0], IntegrityError)
    assert constraint_of(refusals[0]) == "organization_keeps_administrator"
    assert organization.memberships.filter(role=OrganizationRole.ADMINISTRATOR).count() == 1


@pytest.mark.parametrize("how", ["update", "delete"])
def test_the_audit_log_only_grows(organization: Organization, how: str) -> None:
    entry = AuditEntry.objects.filter(organization=organization)[0]
    with refused_by("audit_append_only"):
        if how == "update":
            AuditEntry.objects.filter(pk=entry.pk).update(actor_name="somebody else")
        else:
            AuditEntry.objects.filter(pk=entry.pk).delete()


def test_raw_statements_do_not_change_the_audit_log_either(organization: Organization) -> None:
    with refused_by("audit_append_only"), connection.cursor() as cursor:
        cursor.execute("UPDATE orgs_auditentry SET action = 'nothing'")
    with refused_by("audit_append_only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM orgs_auditentry")


def test_an_address_is_one_account_whatever_its_capitals(db: None) -> None:
    user = person()
    with refused_by("orgs_user_email_key"):
        User.objects.bulk_create([User(email=user.email.upper())])


@pytest.mark.parametrize(
    "address", ["Ana@example.org", "ana@exa\u200bmple.org", "ana@münchen.example", "a na@example.org"]
)
def test_an_address_is_stored_in_one_form_only(organization: Organization, address: str) -> None:
    """Going around the column, which brings addresses into the form."""
    user = person()
    add_by_email(organization, "new@example.org", OrganizationRole.VIEWER, by=SYSTEM)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for table, constraint in (
        ("orgs_user", "user_email_canonical"),
        ("orgs_invitation", "invitation_email_canonical"),
        ("account_emailaddress", "emailaddress_canonical"),
    ):
        with refused_by(constraint), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET email = %s", [address])


def test_an_invitation_opens_a_project_of_its_organization_once(desk: Desk, other_desk: Desk) -> None:
    _membership, invitation, _secret = add_by_email(
        desk.project.organization,
        "new@example.org",
        "viewer",
        by=desk.by(),
        project=desk.project,
        project_role="viewer",
    )
    assert invitation is not None
    opened = {"organization": desk.project.organization, "invitation": invitation}
    with refused_by("invited_project_once"):
        InvitedProject.objects.create(**opened, project=desk.project, role="moderator")
    with refused_by("invited_project_of_its_organization"):
        InvitedProject.objects.create(**opened, project=other_desk.project, role="viewer")
    with refused_by("invited_project_of_invitation"):
        InvitedProject.objects.create(
            organization=other_desk.project.organization,
            invitation=invitation,
            project=other_desk.project,
            role="viewer",
        )
    with refused_by("invited_project_role_known"):
        invitation.projects.update(role="king")


def test_an_address_has_one_open_invitation_in_an_organization(organization: Organization) -> None:
    by_hand = {"organization_role": "viewer", "expires_at": "2100-01-01T00:00Z"}
    Invitation.objects.create(organization=organization, email="new@example.org", token_hash="a", **by_hand)
    with refused_by("invitation_one_open_per_address"):
        Invitation.objects.create(organization=organization, email="NEW@example.org", token_hash="b", **by_hand)


def test_a_token_reaches_a_sector_of_its_own_project_only(desk: Desk, other_desk: Desk) -> None:
    token, _secret = create_token("Flow", by=desk.by(), scopes=["open"], project=desk.project)
    with refused_by("token_sector_of_project"):
        ApiToken.objects.filter(pk=token.pk).update(sector_id=other_desk.sector.pk)
    with refused_by("token_sector_has_project"):
        ApiToken.objects.filter(pk=token.pk).update(project=None, sector_id=desk.sector.pk)


def test_names_and_slugs(organization: Organization) -> None:
    project = project_of(organization)
    with refused_by("project_slug_once"):
        Project.objects.create(organization=organization, name="Another", slug=project.slug)
    with refused_by("project_has_name"):
        Project.objects.filter(pk=project.pk).update(name="")
    with refused_by("organization_has_name"):
        Organization.objects.filter(pk=organization.pk).update(name="")


def test_secrets_are_not_stored(organization: Organization) -> None:
    by = desk_by(organization)
    token, secret = create_token("Flow", by=by, scopes=["open"], organization=organization)
    _membership, invitation, invited = add_by_email(organization, "new@example.org", OrganizationRole.VIEWER, by=by)
    assert invitation is not None
    with connection.cursor() as cursor:
        for table, found in (("orgs_apitoken", secret), ("orgs_invitation", invited)):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{found}%"])
            assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM orgs_auditentry t WHERE t::text LIKE ANY(%s)",
            [[f"%{secret}%", f"%{invited}%"]],
        )
        assert cursor.fetchone() == (0,)
    assert token.hint == secret[:8]


def desk_by(organization: Organization):
    """Return the organization's Administrator as an actor without a project."""
    from orgs.access import Actor

    return Actor(user=administrator_of(organization))


def test_a_refusal_by_the_database_leaves_nothing_behind(organization: Organization) -> None:
    before = OrganizationMembership.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganizationMembership.objects.create(organization=organization, user=person(), role=OrganizationRole.VIEWER)
        OrganizationMembership.objects.create(organization=organization, user=person(), role="nobody")
    assert OrganizationMembership.objects.count() == before
