"""Several people at once, on the pages (docs/rules.md, Invitations)."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import pasted_addresses
from core.errors import DomainError
from orgs import operations as orgs
from orgs.access import Actor
from orgs.models import Invitation, Organization, OrganizationMembership, ProjectMembership, ProjectRole, User
from orgs.views.invitations import PAGE
from tests.builders import Desk, administrator_of, organization_member, person, project_member
from tests.pages import Pages, said, text_of


class Office(Pages):
    """The pages of an organization."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(administrator_of(organization))
        self.organization = organization

    def url(self, page: str, /, *more: Any) -> str:
        """Return an address of the organization."""
        return reverse(page, args=[self.organization.pk, *more])


@pytest.fixture
def office(organization: Organization) -> Office:
    """The Administrator's pages."""
    return Office(organization)


def kept(answer: Any) -> str:
    return answer.context["form"]["emails"].value()


def test_of_a_list_the_valid_are_taken_and_the_others_kept_for_mending(office: Office) -> None:
    accounts = [person(), person(), person()]
    there = organization_member(office.organization)
    orgs.add_by_email(
        office.organization, "asked@example.org", "viewer", by=Actor(user=administrator_of(office.organization))
    )
    text = "\n".join(
        [
            *(user.email for user in accounts),
            there.email,
            "New One <a@example.org>; b@example.org",
            "asked@example.org",
            "nobody",
            "x@y",
        ]
    )
    answer = office.post("orgs:organization_members", emails=text, role="contributor")
    assert answer.status_code == 422
    page = text_of(answer)
    assert "3 added, 2 invited, 1 already a member, 1 already invited, 2 invalid." in page
    assert "nobody: The @ is missing." in page
    assert "x@y: This is not an e-mail address." in page
    assert kept(answer) == "nobody\nx@y"
    assert answer.context["form"]["role"].value() == "contributor"
    for user in accounts:
        assert OrganizationMembership.objects.get(user=user).role == "contributor"
    assert OrganizationMembership.objects.get(user=there).role == "viewer"
    assert {letter.to[0] for letter in mail.outbox} == {"a@example.org", "b@example.org"}


def test_a_list_without_fault_ends_in_a_line_that_sums_it_up(office: Office) -> None:
    users = [person(), person()]
    emails = ", ".join([*(user.email for user in users), "new@example.org", users[0].email.upper()])
    answer = office.post("orgs:organization_members", emails=emails, role="viewer")
    assert answer.status_code == 302
    assert said(answer) == ["2 added, 1 invited."]


def test_too_many_are_refused_as_a_whole_and_kept(office: Office) -> None:
    text = "\n".join(f"a{n}@example.org" for n in range(pasted_addresses.MAX_ADDRESSES + 1))
    answer = office.post("orgs:organization_members", emails=text, role="viewer")
    assert answer.status_code == 422
    assert "at most 200 addresses" in text_of(answer)
    assert kept(answer) == text
    assert not Invitation.objects.exists()


def test_a_project_takes_from_its_organization_and_invites_to_both(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    inside, outside = organization_member(desk.project.organization), person()
    emails = f"{inside.email}, {outside.email}, new@example.org"
    assert said(pages.post("orgs:project_members", emails=emails, role="attendant")) == ["2 added, 1 invited."]
    assert set(ProjectMembership.objects.values_list("user", "role")) == {
        (inside.pk, "attendant"),
        (outside.pk, "attendant"),
    }
    assert OrganizationMembership.objects.get(user=outside).role == "viewer"
    invitation = Invitation.objects.get()
    assert invitation.organization_role == "viewer"
    assert list(invitation.projects.values_list("project", "role")) == [(desk.project.pk, "attendant")]


def test_a_moderator_is_told_whom_to_ask_for_those_outside(desk: Desk) -> None:
    pages = Pages(desk.person(ProjectRole.MODERATOR), desk.project)
    inside, outside = organization_member(desk.project.organization), person()
    answer = pages.post("orgs:project_members", emails=f"{inside.email}\n{outside.email}", role="attendant")
    assert answer.status_code == 422
    assert "1 added, 1 refused." in text_of(answer)
    assert f"{outside.email}: This person is not in the organization. Ask one of its Administrators" in text_of(
        answer
    )
    assert kept(answer) == outside.email
    assert mail.outbox == []


def test_an_account_that_is_switched_off_is_not_invited(office: Office) -> None:
    off = person()
    User.objects.filter(pk=off.pk).update(is_active=False)
    answer = office.post("orgs:organization_members", emails=off.email, role="viewer")
    assert "This account is switched off." in text_of(answer)
    assert not Invitation.objects.exists()


# Whose an address is


def test_an_account_that_took_an_address_without_confirming_it_gets_a_letter_to_prove_it(office: Office) -> None:
    taker = person()
    EmailAddress.objects.create(user=taker, email="victim@example.org", verified=False, primary=True)
    User.objects.filter(pk=taker.pk).update(email="victim@example.org")
    office.post("orgs:organization_members", emails="victim@example.org", role="viewer")
    assert not OrganizationMembership.objects.filter(user=taker).exists()
    assert [letter.to for letter in mail.outbox] == [["victim@example.org"]]


def test_changing_the_address_carries_no_invitation_over(organization: Organization) -> None:
    by = Actor(user=administrator_of(organization))
    _membership, _invitation, secret = orgs.add_by_email(organization, "before@example.org", "viewer", by=by)
    user = User.objects.create_user("before@example.org")
    User.objects.filter(pk=user.pk).update(email="after@example.org")
    user.refresh_from_db()
    client = Client()
    client.force_login(user)
    path = reverse("orgs:invitation", args=[secret])
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 403
    with pytest.raises(DomainError) as refusal:
        orgs.accept(secret, user)
    assert refusal.value.code == "invitation_of_another_address"
    assert not OrganizationMembership.objects.filter(user=user).exists()
    # It goes on waiting for whoever has the address.
    assert orgs.usable_invitation(secret).email == "before@example.org"


def test_only_the_digest_is_stored(organization: Organization) -> None:
    by = Actor(user=administrator_of(organization))
    _membership, invitation, secret = orgs.add_by_email(organization, "new@example.org", "viewer", by=by)
    row = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert secret not in str(row)
    assert len(row["token_hash"]) == 64


# Those that wait


def test_waiting_invitations_are_read_page_by_page_at_the_same_cost(office: Office) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get("orgs:organization_members").status_code == 200
        return len(queries)

    invite = "{}@example.org"
    office.post("orgs:organization_members", emails=invite.format("first"), role="viewer")
    cost()
    few = cost()
    office.post(
        "orgs:organization_members", emails=" ".join(invite.format(f"n{n}") for n in range(PAGE + 4)), role="viewer"
    )
    assert cost() == few
    first = office.get("orgs:organization_members")
    second = office.client.get(office.url("orgs:organization_members") + first.context["older_invitations"])
    shown = [i.email for i in [*first.context["invitations"], *second.context["invitations"]]]
    assert len(shown) == len(set(shown)) == PAGE + 5
    back = office.client.get(office.url("orgs:organization_members") + second.context["newer_invitations"])
    assert list(back.context["invitations"]) == list(first.context["invitations"])
    assert "invited by Administrator" in text_of(first)
    bad = office.get("orgs:organization_members", invited_before="nonsense")
    assert bad.status_code == 400


def test_a_projects_page_shows_its_own_and_only_administrators_may_change_them(desk: Desk) -> None:
    other = Desk.set_up()
    by = desk.by()
    for place, email in ((desk.project, "here@example.org"), (None, "organization@example.org")):
        orgs.add_by_email(
            desk.project.organization,
            email,
            "viewer",
            by=by,
            project=place,
            project_role="attendant" if place else "",
        )
    orgs.add_by_email(
        other.project.organization,
        "far@example.org",
        "viewer",
        by=other.by(),
        project=other.project,
        project_role="viewer",
    )
    office = Pages(desk.administrator, desk.project).get("orgs:project_members")
    moderator = Pages(project_member(desk.project, ProjectRole.MODERATOR), desk.project).get("orgs:project_members")
    for page in (office, moderator):
        assert [i.email for i in page.context["invitations"]] == ["here@example.org"]
    assert "Send again" in text_of(office)
    assert "Send again" not in text_of(moderator)


def test_sending_again_and_taking_back_lead_back_to_the_page(desk: Desk) -> None:
    pages = Pages(desk.administrator, desk.project)
    pages.post("orgs:project_members", emails="new@example.org", role="attendant")
    invitation = Invitation.objects.get()
    here = pages.url("orgs:project_members")
    for name in ("orgs:invitation_resend", "orgs:invitation_revoke"):
        path = reverse(name, args=[desk.project.organization_id, invitation.pk])
        assert pages.client.post(path, {"next": here}).url == here
