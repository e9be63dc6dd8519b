"""Members and invitations over the REST API: the pages' rules and errors."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgs.models import Invitation, OrganizationMembership, ProjectMembership, ProjectRole, TokenScope, digest
from tests.builders import Desk, fresh, organization_member, person, project_member, project_of

As = Callable[..., Any]


@pytest.fixture
def office(desk: Desk, as_person: As) -> Any:
    """The Administrator as caller."""
    return as_person(desk.administrator)


def of_organization(desk: Desk, rest: str = "members") -> str:
    return f"/organizations/{desk.project.organization_id}/{rest}"


def of_project(desk: Desk, rest: str = "members") -> str:
    return f"/projects/{desk.project.pk}/{rest}"


def test_lists_are_searched_and_paged_at_the_same_cost(desk: Desk, office: Any) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(path).status_code == 200
        return len(queries)

    one = project_member(desk.project)
    paths = [of_organization(desk), of_project(desk)]
    before = [cost(path) for path in paths]
    for _n in range(4):
        project_member(desk.project)
    assert [cost(path) for path in paths] == before
    for path, role in zip(paths, ("viewer", "attendant"), strict=True):
        [row] = office.get(path, q=one.email).json()["results"]
        assert (row["id"], row["email"], row["role"], row["active"]) == (str(one.pk), one.email, role, True)
        first = office.get(path, limit="2").json()
        assert len(first["results"]) == 2
        assert office.get(first["next"]).json()["results"][0]["id"] not in [r["id"] for r in first["results"]]


def test_each_address_has_its_outcome(desk: Desk, office: Any) -> None:
    account, there = person(), organization_member(desk.project.organization)
    emails = [account.email, f"Name <{there.email}>", "new@example.org", "nobody"]
    answer = office.call("POST", of_organization(desk), {"emails": emails, "role": "contributor"})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(r["email"], r["status"], r["mailed"]) for r in results] == [
        (account.email, "added", True),
        (there.email, "already_member", True),
        ("new@example.org", "invited", True),
        ("nobody", "invalid", True),
    ]
    assert results[2]["invitation"] == str(Invitation.objects.get().pk)
    assert results[3]["detail"] == "The @ is missing."
    assert [letter.to for letter in mail.outbox] == [["new@example.org"]]


def test_who_is_outside_the_organization_is_for_those_who_administer_it(
    desk: Desk, as_person: As, as_program: As, office: Any
) -> None:
    body = {"emails": ["new@example.org"], "role": "attendant"}
    moderator = as_person(desk.person(ProjectRole.MODERATOR))
    for caller in (moderator, as_program(desk, TokenScope.ADMINISTER)):
        [result] = caller.call("POST", of_project(desk), body).json()["results"]
        assert result["status"] == "not_in_organization"
    [result] = office.call("POST", of_project(desk), body).json()["results"]
    assert result["status"] == "invited"
    assert Invitation.objects.get().projects.get().project == desk.project


def test_roles_and_removals_end_access_as_on_the_pages(desk: Desk, office: Any) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    answer = office.call("PATCH", of_project(desk, f"members/{agent.pk}"), {"role": "viewer"})
    assert (answer.status_code, answer.json()["role"]) == (200, "viewer")
    assert fresh(ticket).agent is None
    assert office.call("DELETE", of_project(desk, f"members/{agent.pk}")).status_code == 200
    assert not ProjectMembership.objects.filter(user=agent).exists()
    assert (
        office.call("PATCH", of_organization(desk, f"members/{agent.pk}"), {"role": "financial"}).status_code == 200
    )
    assert office.call("DELETE", of_organization(desk, f"members/{agent.pk}")).status_code == 200
    assert not OrganizationMembership.objects.filter(user=agent).exists()


def test_the_last_administrator_stays(desk: Desk, office: Any) -> None:
    path = of_organization(desk, f"members/{desk.administrator.pk}")
    for answer in (office.call("DELETE", path), office.call("PATCH", path, {"role": "viewer"})):
        assert (answer.status_code, answer.json()["code"]) == (400, "last_administrator")


def test_invitations_are_listed_sent_again_and_taken_back(desk: Desk, office: Any, as_person: As) -> None:
    office.call("POST", of_project(desk), {"emails": ["here@example.org"], "role": "attendant"})
    office.call("POST", of_organization(desk), {"emails": ["there@example.org"], "role": "viewer"})
    listed = office.get(of_organization(desk, "invitations")).json()["results"]
    assert [row["email"] for row in listed] == ["there@example.org", "here@example.org"]
    assert "token" not in str(listed)
    moderator = as_person(desk.person(ProjectRole.MODERATOR))
    [row] = moderator.get(of_project(desk, "invitations")).json()["results"]
    assert row["email"] == "here@example.org"
    assert row["projects"] == [{"id": str(desk.project.pk), "name": desk.project.name, "role": "attendant"}]
    before = Invitation.objects.get(pk=row["id"]).token_hash
    again = office.call("POST", of_organization(desk, f"invitations/{row['id']}/resend"))
    assert (again.status_code, again.json()["mailed"]) == (200, True)
    assert Invitation.objects.get(pk=row["id"]).token_hash != before
    before = Invitation.objects.get(pk=row["id"]).token_hash
    shown = office.call("POST", of_organization(desk, f"invitations/{row['id']}/link")).json()["url"]
    assert digest(shown.rstrip("/").rpartition("/")[2]) == Invitation.objects.get(pk=row["id"]).token_hash != before
    assert moderator.call("POST", of_organization(desk, f"invitations/{row['id']}/link")).status_code == 403
    assert office.call("POST", of_organization(desk, f"invitations/{row['id']}/revoke")).status_code == 200
    assert office.call("POST", of_organization(desk, f"invitations/{row['id']}/resend")).status_code == 404
    assert moderator.call("POST", of_organization(desk, f"invitations/{row['id']}/revoke")).status_code == 403


def test_a_pending_invitation_takes_further_projects(desk: Desk, office: Any) -> None:
    second = project_of(desk.project.organization)
    office.call("POST", of_organization(desk), {"emails": ["Lima, Ana <new@example.org>"], "role": "viewer"})
    body = {"emails": ["new@example.org"], "role": "viewer", "project_role": "attendant"}
    for project in (desk.project, second):
        [result] = office.call("POST", of_organization(desk), {**body, "project": str(project.pk)}).json()["results"]
        assert result["status"] == "invitation_extended"
        assert project.name in result["detail"]
    [row] = office.get(of_organization(desk, "invitations")).json()["results"]
    assert (row["first_name"], row["last_name"]) == ("Ana", "Lima")
    assert [(one["id"], one["role"]) for one in row["projects"]] == [
        (str(desk.project.pk), "attendant"),
        (str(second.pk), "attendant"),
    ]


NONSENSE: list[Any] = [
    None, [], "x", {}, {"emails": []}, {"emails": "a@example.org", "role": "viewer"},
    {"emails": [5], "role": "viewer"},
    {"emails": [None], "role": "viewer"},
    {"emails": ["a@example.org"]}, {"emails": ["a@example.org"], "role": "king"},
    {"emails": ["x" * 1_000_000], "role": "viewer"}, {"emails": ["a@example.org"] * 201, "role": "viewer"},
]  # fmt: skip


def test_nonsense_is_refused_in_words(desk: Desk, office: Any, other_desk: Desk) -> None:
    for path in (of_organization(desk), of_project(desk)):
        for body in NONSENSE:
            answer = office.call("POST", path, body)
            assert answer.status_code in {400, 413}, (path, str(body)[:60])
            assert answer.json()["detail"]
        for user in (uuid4(), other_desk.administrator.pk):
            assert office.call("PATCH", f"{path}/{user}", {"role": "viewer"}).status_code == 404
            assert office.call("DELETE", f"{path}/{user}").status_code == 404
        for body in ({}, {"role": "king"}, {"role": None}, []):
            member = desk.person()
            assert office.call("PATCH", f"{path}/{member.pk}", body).status_code == 400
        assert office.get(path, q="\x00").status_code == 400
        assert office.get(path, cursor="nonsense").status_code == 400
    assert mail.outbox == []


def test_a_project_may_come_with_it(desk: Desk, office: Any, other_desk: Desk) -> None:
    body = {"emails": ["new@example.org"], "role": "viewer", "project": str(desk.project.pk)}
    [result] = office.call("POST", of_organization(desk), body).json()["results"]
    invitation = Invitation.objects.get()
    assert result["status"] == "invited"
    assert list(invitation.projects.values_list("project", "role")) == [(desk.project.pk, "attendant")]
    for project in (str(other_desk.project.pk), str(uuid4()), "x", 5):
        answer = office.call("POST", of_organization(desk), {**body, "project": project})
        assert answer.status_code == 400
    assert office.call("POST", of_organization(desk), {**body, "project_role": "king"}).status_code == 400


def test_an_invitation_says_whether_its_letter_left(desk: Desk, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: EmailBackend, messages: list) -> int:
        raise OSError

    body = {"emails": ["new@example.org"], "role": "viewer"}
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        [result] = office.call("POST", of_organization(desk), body).json()["results"]
    assert result["mailed"] is False
    [row] = office.get(of_organization(desk, "invitations")).json()["results"]
    assert row["mailed_at"] is None
    again = office.call("POST", of_organization(desk, f"invitations/{row['id']}/resend")).json()
    assert (again["mailed"], again["mailed_at"] is None) == (True, False)
