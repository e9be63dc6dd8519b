"""Members and tokens ordered by the headers of their columns, the audit log by its oldest (docs/design.md)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.pagination import PAGE
from orgs import operations as orgs
from orgs.audit.search import lines, matching_entries, read
from orgs.models import ApiToken, AuditEntry, OrganizationMembership, OrganizationRole, ProjectMembership, ProjectRole
from orgs.models import User as Person
from tests.builders import Desk
from tests.orgs.test_many_members import fill
from tests.pages import Pages, text_of

ROLES = list(ProjectRole.values)


@pytest.fixture
def client(desk: Desk) -> Client:
    return Pages(desk.administrator, desk.project).client


def join(desk: Desk, first_name: str, email: str, role: str) -> None:
    user = Person.objects.create(email=email, first_name=first_name, last_name="Doe")
    organization = desk.project.organization
    OrganizationMembership.objects.create(organization=organization, user=user, role=OrganizationRole.VIEWER)
    ProjectMembership.objects.create(organization=organization, project=desk.project, user=user, role=role)


def listed(client: Client, url: str, rows: Any, **query: str) -> list[Any]:
    """Return all rows of a list, by its links from page to page."""
    page, found = client.get(url, query), []
    while True:
        assert page.status_code == 200
        found += rows(page)
        older = page.context["page"].older_url if "page" in page.context else page.context["older_url"]
        if not older:
            return found
        page = client.get(urljoin(url, older))


def emails(page: Any) -> list[str]:
    return [row.user.email for row in page.context["page"].rows]


def test_members_are_ordered_by_name_and_role_both_ways(desk: Desk, client: Client) -> None:
    ProjectMembership.objects.filter(project=desk.project).delete()
    join(desk, "Zoé", "a@example.org", ROLES[1])
    join(desk, "ana", "c@example.org", ROLES[2])
    join(desk, "Ángel", "b@example.org", ROLES[1])
    join(desk, "Bea", "d@example.org", ROLES[0])
    url = reverse("orgs:project_members", args=[desk.project.pk])
    assert emails(client.get(url)) == [f"{name}@example.org" for name in "abcd"]
    for order, expected in {"name": "cbda", "-name": "adbc", "role": "dabc", "-role": "cbad"}.items():
        assert emails(client.get(url, {"order": order})) == [f"{name}@example.org" for name in expected], order
    page = client.get(url, {"order": "name", "q": "doe"})
    body = page.content.decode()
    assert body.count('aria-sort="ascending"') == 1
    assert 'href="?q=doe&amp;order=-name"' in body
    # A search keeps the order.
    assert '<input type="hidden" name="order" value="name">' in body


@pytest.mark.parametrize("kind", ["organization", "project"])
@pytest.mark.parametrize("order", ["", "name", "-name", "role", "-role"])
def test_a_sorted_list_of_members_goes_on_from_page_to_page(
    desk: Desk, client: Client, kind: str, order: str, django_assert_max_num_queries: Any
) -> None:
    fill(desk.project, 2 * PAGE + 5)
    of = desk.project.organization_id if kind == "organization" else desk.project.pk
    url = reverse(f"orgs:{kind}_members", args=[of])
    model: Any = OrganizationMembership if kind == "organization" else ProjectMembership
    found = listed(client, url, emails, order=order)
    assert len(found) == len(set(found)) == model.objects.filter(**{kind: of}).count()
    if order.endswith("name"):
        names = {user.email: (user.first_name + user.last_name).lower() for user in Person.objects.all()}
        many = [names[email] for email in found if email.startswith("many")]
        assert many == sorted(many, reverse=order.startswith("-"))


def test_thousands_of_members_are_sorted_in_memory_for_a_page(desk: Desk) -> None:
    """Only the usual order has an index: a page of another is the best of the place's members, no more is kept."""
    fill(desk.project, 5_000)
    from orgs.views.members import SORTING

    for order in ("name", "-role"):
        rows = ProjectMembership.objects.filter(project=desk.project).select_related("user").with_sort_keys(ROLES)
        keyset = SORTING.read({"order": order}).keyset
        plan = rows.order_by(*keyset.order())[: PAGE + 1].explain(analyze=True)
        assert "top-N heapsort" in plan, plan
        assert "Disk:" not in plan, plan


def test_tokens_are_ordered_by_name_making_and_last_use(desk: Desk, client: Client) -> None:
    url = reverse("orgs:project_tokens", args=[desk.project.pk])
    now = timezone.now()
    for name, used in (("beta", 3), ("Álpha", None), ("gamma", 1)):
        token, _secret = orgs.create_token(name, by=desk.by(), scopes=["read"], project=desk.project)
        used_at = now - timedelta(hours=used) if used else None
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=used_at)

    def names(page: Any) -> list[str]:
        return [token.name for token in page.context["tokens"]]

    assert names(client.get(url)) == ["gamma", "Álpha", "beta"]
    for order, expected in {
        "made": ["beta", "Álpha", "gamma"],
        "name": ["Álpha", "beta", "gamma"],
        "-name": ["gamma", "beta", "Álpha"],
        # What was never used is longest unused.
        "used": ["Álpha", "beta", "gamma"],
        "-used": ["gamma", "beta", "Álpha"],
    }.items():
        assert names(client.get(url, {"order": order})) == expected, order
    page = client.get(url).content.decode()
    assert page.count('aria-sort="descending"') == 1
    assert 'href="?order=made"' in page


@pytest.mark.parametrize("order", ["made", "name", "-name", "used", "-used"])
def test_sorted_tokens_go_on_from_page_to_page(desk: Desk, client: Client, order: str) -> None:
    for n in range(PAGE + 3):
        orgs.create_token(f"Token {n % 7}", by=desk.by(), scopes=["read"], project=desk.project)
    ApiToken.objects.filter(name="Token 3").update(last_used_at=datetime(2026, 1, 1, tzinfo=UTC))
    url = reverse("orgs:project_tokens", args=[desk.project.pk])
    found = listed(client, url, lambda page: [token.pk for token in page.context["tokens"]], order=order)
    assert len(found) == len(set(found)) == PAGE + 3


@pytest.mark.parametrize("page", ["project_members", "organization_members", "project_tokens", "organization_tokens"])
def test_an_order_that_is_not_offered_is_refused(desk: Desk, client: Client, page: str) -> None:
    of = desk.project.organization_id if page.startswith("organization") else desk.project.pk
    for order in ("password", "--name", "\x00", "x" * 10_000):
        answer = client.get(reverse(f"orgs:{page}", args=[of]), {"order": order})
        assert answer.status_code == 400
        assert "can’t be put in this order" in text_of(answer)


# The audit log


def test_the_audit_log_begins_with_the_oldest_if_asked(desk: Desk, client: Client) -> None:
    for n in range(PAGE + 5):
        orgs.create_token(f"Token {n}", by=desk.by(), scopes=["read"], project=desk.project)
    url = reverse("orgs:project_audit", args=[desk.project.pk])

    def entries(page: Any) -> list[Any]:
        return [one.entry.pk for _day, part in page.context["days"] for one in part]

    expected = list(AuditEntry.objects.filter(project=desk.project).order_by("at", "id").values_list("pk", flat=True))
    assert len(expected) > PAGE
    assert listed(client, url, entries, order="oldest") == expected
    assert listed(client, url, entries, order="newest") == listed(client, url, entries) == expected[::-1]
    page = client.get(url, {"order": "oldest"})
    # It is no filter.
    assert page.context["filter_count"] == 0
    assert "order=oldest" in page.context["export_url"]
    asked, _form = read(QueryDict("order=oldest"), zone="UTC")
    assert asked is not None
    assert [row[9] for row in lines(desk.project, asked)][1:] == [
        str(pk or "")
        for pk in AuditEntry.objects.filter(project=desk.project)
        .order_by("at", "id")
        .values_list("target_id", flat=True)
    ]


def test_an_order_of_the_audit_log_that_is_none_is_refused_at_its_field(desk: Desk, client: Client) -> None:
    answer = client.get(reverse("orgs:project_audit", args=[desk.project.pk]), {"order": "at"})
    assert answer.status_code == 422
    assert "order" in answer.context["form"].errors


def test_both_orders_of_the_audit_log_are_read_from_an_index(desk: Desk) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        # The order is had without sorting: with few rows the planner needs to be told to care.
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
    for query in ("", "order=oldest"):
        asked, _form = read(QueryDict(query), zone="UTC")
        assert asked is not None
        rows = matching_entries(desk.project, asked)
        plan = rows.order_by(*asked.keyset("at").order())[: PAGE + 1].explain()
        assert "audit_of_project" in plan, plan
        assert "Sort" not in plan, plan
