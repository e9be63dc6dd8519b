"""Sectors, queues, tags, people, tokens and the audit log: the same wherever a person looks (docs/rules.md)."""

import csv
import io
from typing import Any

import pytest
from django.urls import reverse

from orgs.models import AuditEntry, OrganizationMembership, ProjectMembership
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tests.access.counting import Cases
from tests.access.story import Past
from tests.access.test_same_set import Looker
from tests.builders import project_member

SUPPORT, SALES = {"Support"}, {"Sales"}
BOTH = SUPPORT | SALES
#: Which sectors each sees at work; who configures them has their settings too.
SECTORS: dict[str, set[str]] = {
    "administrator": BOTH, "moderator": BOTH, "contributor": BOTH, "manager": SUPPORT, "sales_manager": SALES,
    "agent": SUPPORT, "colleague": SUPPORT, "attendant": set(),
    "reads": BOTH, "administers": BOTH, "reads the organization": BOTH, "reads support": SUPPORT,
}  # fmt: skip
SETTINGS = {"administrator", "moderator", "contributor", "manager", "sales_manager"}
#: Whose lines: an agent's own queues, otherwise those of the sectors.
LINES = {"agent": {"Support · General"}, "colleague": {"Support · General"}}
OFFICE = {"administrator", "moderator"}


@pytest.fixture
def past(db: None) -> Past:
    """The story, with its sectors named."""
    past = Past.tell()
    Sector.objects.filter(pk=past.desk.sector.pk).update(name="Support")
    return past


def lines_of(names: set[str]) -> set[str]:
    return {named(queue) for queue in Queue.objects.filter(sector__name__in=names).select_related("sector")}


def named(queue: Queue) -> str:
    return f"{queue.sector.name} · {queue.name}"


def api(look: Looker, route: str, **query: Any) -> list[dict[str, Any]]:
    answer = look.get(route, **query)
    assert answer.status_code == 200, answer.content
    assert not answer.json()["next"]
    return answer.json()["results"]


@pytest.mark.parametrize("who", SECTORS)
def test_sectors_queues_and_tags(past: Past, who: str, cases: Cases) -> None:
    look, sees = Looker(past, who), SECTORS[who]
    # What is archived is seen by who sees the whole project.
    old = {"Old"} if sees == BOTH else set()
    # The API's lists, archived ones too
    assert {row["name"] for row in api(look, "rest:sectors")} == sees
    assert {row["name"] for row in api(look, "rest:sectors", archived="true")} == old
    sectors = {str(s.pk): s.name for s in Sector.objects.all()}
    lines = LINES.get(who, lines_of(sees))
    # What is in an archived sector is not archived itself.
    listed = {f"{sectors[row['sector']]} · {row['name']}" for row in api(look, "rest:queues")}
    assert listed == lines | lines_of(old)
    tags = api(look, "rest:tags")
    assert {sectors[row["sector"]] for row in tags} == sees | old
    assert len(tags) == Tag.objects.filter(sector__name__in=sees | old, archived_at=None).count()
    # One by one, others' too
    known = {s.name for s in Sector.objects.all() if look.get("rest:sector", s.pk).status_code == 200}
    assert known == sees | old
    queues = Queue.objects.select_related("sector")
    assert {named(q) for q in queues if look.get("rest:queue", q.pk).status_code == 200} == listed
    if who in past.people:
        pages(past, look, who, sees, lines)
    cases(look.looks)


def pages(past: Past, look: Looker, who: str, sees: set[str], lines: set[str]) -> None:
    """The pages: list of sectors, lines of the desk, what the history offers to filter by."""
    settings = look.get("sectors:list")
    assert settings.status_code == (200 if who in SETTINGS else 403)
    if who in SETTINGS:
        assert {row.name for row, *_hours in settings.context["sectors"]} == sees
    worklist = look.get("tickets:worklist").context["worklist"]
    assert {f"{line.queue.sector.name} · {line.queue.name}" for line in worklist.lines} == lines
    form = look.get("reports:history").context["form"]
    # What was, too: archived sectors, and those to which a ticket of one's own has gone.
    offered = {sector.name for sector in form.fields["sector"].queryset}
    more = {"Old"} if sees == BOTH else SALES if who == "agent" else set()
    assert offered == sees | more
    assert {queue.sector.name for queue in form.fields["queue"].queryset} == offered
    assert {tag.sector.name for tag in form.fields["tags"].queryset} == offered


def test_people_who_may_be_picked(past: Past, cases: Cases) -> None:
    """Everybody with access to Chats in the project, nobody else: to those who set something up."""
    viewer = past.desk.person("viewer")
    stranger = project_member(past.decoys[0].project)
    everybody = {str(user.pk) for user in past.people.values()}
    count = 0
    for who in [*past.people]:
        look = Looker(past, who)
        answer = look.get("sectors:people", q="@example.org")
        assert answer.status_code == (200 if who in SETTINGS else 403), who
        if who in SETTINGS:
            found = {row["value"] for row in answer.json()["people"]}
            assert found == everybody
            assert not {str(viewer.pk), str(stranger.pk)} & found
        for other in (viewer, stranger, past.people["agent"]):
            query = {"q": other.email}
            count += 1
            if who in SETTINGS:
                found = {row["value"] for row in look.get("sectors:people", **query).json()["people"]}
                assert found == {str(other.pk)} & everybody
        count += look.looks
    cases(count)


def test_members(past: Past, cases: Cases) -> None:
    """Of the project and of its organization, on the page, over the API and searched: to those who manage them."""
    project, count = past.desk.project, 0
    lists = (
        ("project", project.pk, OFFICE, ProjectMembership.objects.filter(project=project)),
        ("organization", project.organization_id, {"administrator"},
         OrganizationMembership.objects.filter(organization=project.organization_id)),
    )  # fmt: skip
    for kind, place, who_may, rows in lists:
        everybody = set(rows.values_list("user__email", flat=True))
        assert len(everybody) < 50
        for who in past.people:
            look = Looker(past, who)
            for query in ({}, {"q": "example.org"}):
                page = look.client.get(reverse(f"orgs:{kind}_members", args=[place]), query)
                rest = look.client.get(reverse(f"rest:{kind}_members", args=[place]), {**query, "limit": 100})
                assert {page.status_code, rest.status_code} == ({200} if who in who_may else {403}), (kind, who)
                if who in who_may:
                    assert {row.user.email for row in page.context["page"].rows} == everybody
                    assert {row["email"] for row in rest.json()["results"]} == everybody
                count += 2
    cases(count)


def test_tokens_and_the_audit_log(past: Past, cases: Cases) -> None:
    count = 0
    for who in past.people:
        look = Looker(past, who)
        page, rest = look.get("orgs:project_tokens"), look.get("rest:project_tokens")
        assert {page.status_code, rest.status_code} == ({200} if who in OFFICE else {403})
        if who in OFFICE:
            assert {row["name"] for row in rest.json()["results"]} == {"reads", "administers", "reads support"}
            assert all(name in page.content.decode() for name in ("reads", "administers", "reads support"))
        answers = [
            look.get(route) for route in ("orgs:project_audit", "orgs:project_audit_csv", "rest:project_audit")
        ]
        assert {answer.status_code for answer in answers} == ({200} if who in OFFICE else {403})
        if who in OFFICE:
            text = b"".join(answers[1].streaming_content).decode().lstrip("\ufeff")
            rows = list(csv.DictReader(io.StringIO(text)))
            assert len(rows) == AuditEntry.objects.filter(project=past.desk.project).count()
            entries, following = answers[2].json()["results"], answers[2].json()["next"]
            while following:
                more = look.client.get(following, headers=look.headers).json()
                entries, following = entries + more["results"], more["next"]
            assert len(entries) == len(rows)
            assert {entry["project"] for entry in entries} == {str(past.desk.project.pk)}
        count += look.looks
    cases(count)
