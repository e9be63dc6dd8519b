"""Lists of thousands of members: the same cost, one index for the search, pages both ways."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.pagination import PAGE
from orgs.models import Organization, OrganizationMembership, Project, ProjectMembership, User
from tests.builders import administrator_of
from tests.pages import Pages, text_of

MANY = 5_000


def fill(project: Project, count: int, word: str = "many") -> None:
    """Put accounts into the project and its organization, by the thousand."""
    users = User.objects.bulk_create(
        User(email=f"{word}{n:05}@example.org", first_name="José", last_name=f"Número {n}") for n in range(count)
    )
    organization = project.organization
    OrganizationMembership.objects.bulk_create(
        OrganizationMembership(organization=organization, user=user, role="viewer") for user in users
    )
    ProjectMembership.objects.bulk_create(
        ProjectMembership(organization=organization, project=project, user=user, role="attendant") for user in users
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orgs_user; ANALYZE orgs_organizationmembership; ANALYZE orgs_projectmembership")


def urls_of(project: Project) -> list[str]:
    return [
        reverse("orgs:organization_members", args=[project.organization_id]),
        reverse("orgs:project_members", args=[project.pk]),
    ]


def test_five_thousand_cost_the_queries_of_a_few(project: Project) -> None:
    client = Pages(administrator_of(project.organization)).client

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    fill(project, 3, "few")
    asked = [f"{url}{query}" for url in urls_of(project) for query in ("", "?q=jose", "?after=few00001@example.org")]
    for url in asked:
        cost(url)
    before = [cost(url) for url in asked]
    fill(project, MANY)
    assert [cost(url) for url in asked] == before


def test_a_search_asks_one_index(organization: Organization, project: Project) -> None:
    fill(project, MANY)
    rows = OrganizationMembership.objects.filter(organization=organization).searched("numero 4711")
    plan = rows.select_related("user").order_by("user__email")[: PAGE + 1].explain()
    assert "user_search" in plan
    assert [row.user.email for row in rows.select_related("user")] == ["many04711@example.org"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("JOSE numero", 3), ("número 2", 1), ("2 josé", 1), ("many00001", 1), ("MANY00001@EXAMPLE", 1), ("%", 0),
        ("_", 0), ("\\", 0), ("\x00", 4), ("  ", 4), ("x" * 1_000_000, 0), ("nobody", 0),
    ],
)  # fmt: skip
def test_every_word_is_found_whatever_case_and_accents(project: Project, text: str, count: int) -> None:
    fill(project, 3)
    rows = OrganizationMembership.objects.filter(organization=project.organization)
    assert rows.searched(text).count() == count


def test_pages_lead_there_and_back(project: Project) -> None:
    fill(project, 2 * PAGE + 10)
    client = Pages(administrator_of(project.organization)).client
    url = urls_of(project)[1]

    def read(query: str) -> Any:
        return client.get(url + query).context["page"]

    first = read("")
    second = read(first.older_url)
    third = read(second.older_url)
    shown = [row.user.email for page in (first, second, third) for row in page.rows]
    assert shown == [f"many{n:05}@example.org" for n in range(2 * PAGE + 10)]
    assert (first.newer_url, third.older_url) == ("", "")
    for page, before in ((third, second), (second, first)):
        back = read(page.newer_url)
        assert back.rows == before.rows
        assert back.older_url
    assert read(second.newer_url).newer_url == ""


def test_beyond_the_end_the_way_back_is_shown(project: Project) -> None:
    client = Pages(administrator_of(project.organization)).client
    for query in ("?after=zzz", "?before=0", "?after=%00", "?before=" + "x" * 5_000, "?q=jose&after=zzz"):
        page = client.get(urls_of(project)[0] + query)
        assert page.status_code == 200
        assert re.search("No one else|administrator", text_of(page)), query
