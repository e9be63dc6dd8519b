"""Two who change the same thing: the second acts on what is there now (docs/rules.md, Editing)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.errors import Conflict
from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import AuditEntry, Organization, OrganizationMembership, Project, ProjectMembership
from sectors import operations as sectors
from sectors.models import QuickMessage, WorkException
from tests.builders import Desk, quick_message, special_day


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("id"))


def of_organization(desk: Desk) -> OrganizationMembership:
    rows = OrganizationMembership.objects.select_related("user", "organization")
    return rows.get(user=desk.agent(), organization=desk.project.organization)


def of_project(desk: Desk) -> ProjectMembership:
    return ProjectMembership.objects.select_related("user", "project__organization").get(user=desk.agent())


def again(row: Any) -> Any:
    return type(row)._base_manager.get(pk=row.pk)


@pytest.mark.parametrize(
    ("place", "end", "change", "role", "removed"),
    [
        (of_organization, orgs.remove_from_organization, orgs.change_organization_role, "financial",
         "organization_member.removed"),
        (of_project, orgs.remove_from_project, orgs.change_project_role, "contributor", "project_member.removed"),
    ],
    ids=["organization", "project"],
)  # fmt: skip
def test_who_is_removed_meanwhile_is_neither_changed_nor_removed_again(
    desk: Desk, place: Callable[[Desk], Any], end: Any, change: Any, role: str, removed: str
) -> None:
    membership = place(desk)
    end(again(membership), by=SYSTEM)
    with pytest.raises(Conflict):
        change(again_as(membership), role, by=SYSTEM)
    with pytest.raises(Conflict):
        end(again_as(membership), by=SYSTEM)
    assert len(entries(removed)) == 1


def again_as(membership: Any) -> Any:
    """The row as somebody read it before it went."""
    return type(membership)(**{f.attname: getattr(membership, f.attname) for f in membership._meta.concrete_fields})


def test_a_role_changes_from_what_it_is_now(desk: Desk) -> None:
    seen = of_organization(desk)
    orgs.change_organization_role(again(seen), "financial", by=SYSTEM)
    orgs.change_organization_role(seen, "contributor", by=SYSTEM)
    assert [e.before for e in entries("organization_member.role_changed")] == [
        {"role": "viewer"},
        {"role": "financial"},
    ]


def test_a_name_changes_from_what_it_is_now(desk: Desk) -> None:
    organization = Organization.objects.get(pk=desk.project.organization_id)
    project = Project.objects.get(pk=desk.project.pk)
    orgs.rename_organization(again(organization), "First", by=SYSTEM)
    orgs.rename_project(again(project), "First", by=SYSTEM)
    orgs.rename_organization(organization, "Second", by=SYSTEM)
    orgs.rename_project(project, "Second", by=SYSTEM)
    for kind in ("organization", "project"):
        assert entries(f"{kind}.renamed")[-1].before == {"name": "First"}


def test_a_special_day_taken_away_meanwhile_does_not_come_back(desk: Desk) -> None:
    seen = special_day(desk)
    sectors.remove_special_day(again(seen), by=desk.by())
    with pytest.raises(Conflict):
        sectors.change_special_day(seen, sectors.SpecialDay(date(2030, 1, 2)), by=desk.by())
    assert not WorkException.objects.exists()


def test_a_quick_message_removed_meanwhile_is_not_changed(desk: Desk) -> None:
    seen = quick_message(desk)
    sectors.remove_quick_message(again(seen), by=desk.by())
    with pytest.raises(Conflict):
        sectors.change_quick_message(seen, sectors.QuickText("hello", "Other"), by=desk.by())
    assert not QuickMessage.objects.exists()


def test_the_page_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the member and changing the role somebody removes them."""
    membership = of_project(desk)
    client = Client()
    client.force_login(desk.administrator)
    real = orgs.change_project_role

    def removed_first(row: Any, role: str, *, by: Any) -> Any:
        orgs.remove_from_project(again(row), by=SYSTEM)
        return real(row, role, by=by)

    monkeypatch.setattr(orgs, "change_project_role", removed_first)
    url = reverse("orgs:project_member_role", args=[desk.project.pk, membership.user_id])
    answer = client.post(url, {"role": "contributor", "confirmed": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.content.decode()
