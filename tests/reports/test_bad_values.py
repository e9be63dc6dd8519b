"""Whatever an address says: a page or a sentence, never a failure."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict

from orgs.models import Project, User
from reports.forms import read
from tests.builders import Desk, member

# The same in each process that collects the tests.
NOBODY = "0190f3a0-0000-7000-8000-000000000000"

Get = Callable[..., Any]
LONG = "x" * 1_000_000

BAD = [
    "tags=nonsense", "sector=1", "queue=%00", f"agent={NOBODY}", f"tags={NOBODY}", "also=x", "attended=x",
    "from=yesterday", "to=2026-02-30", "from=0001-01-01", "to=9999-12-31", "from=2026-02-02&to=2026-02-01",
    "match=some", "counted=both", "only=everything", "weekday=7", "weekday=x", "hour=24", "hour=-1",
    "text=ab", "text=%00abc", "contact=%00", "protocol=a%00",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
@pytest.mark.parametrize("route", ["reports:history", "reports:dashboard", "reports:export_csv"])
def test_a_bad_value_is_a_sentence(past: Project, get: Get, route: str, query: str) -> None:
    answer = get("admin", route, query=query)
    assert answer.status_code == 422
    assert "These filters can’t be used" in answer.content.decode()


@pytest.mark.parametrize("name", ["text", "contact", "protocol", "tags", "sector", "from", "hour", "only", "counted"])
def test_a_megabyte_is_refused_and_not_repeated(past: Project, desk_member: Any, name: str) -> None:
    data = QueryDict(mutable=True)
    data[name] = LONG
    filters, form = read(data, desk_member)
    assert filters is None
    assert len(str(form.errors)) < 5_000


@pytest.fixture
def desk_member(past: Project) -> Any:
    return member(User.objects.get(email="admin@example.org"), past)


@pytest.mark.parametrize(
    "key",
    [
        "before=x",
        "after=2026-01-01,x",
        "before=2026-01-01T00:00:00Z,",
        "after=%00",
        "before=2026-01-01T00:00:00," + NOBODY,
    ],
)
def test_a_bad_page_is_a_sentence(past: Project, get: Get, key: str) -> None:
    answer = get("admin", "reports:history", query=key)
    assert answer.status_code == 422
    assert "could not be found" in answer.content.decode()


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "١"])
def test_a_bad_place_in_a_conversation_begins_at_its_start(past: Project, get: Get, after: str) -> None:
    from tickets.models import Ticket

    ticket = Ticket.objects.filter(project=past)[0]
    assert get("admin", "reports:ticket", ticket.pk, after=after).context["lines"][0].number == 1


def test_an_unknown_parameter_is_ignored(past: Project, get: Get) -> None:
    assert get("admin", "reports:history", query="utm_source=mail").status_code == 200


def test_the_now_fragment_answers_whatever_is_asked(past: Project, get: Get) -> None:
    assert get("admin", "reports:now", query="sector=x").status_code == 200


@pytest.mark.django_db
def test_choices_of_another_project_are_unknown(desk: Desk, other_desk: Desk) -> None:
    looking = desk.member(desk.administrator)
    for query in (
        f"sector={other_desk.sector.pk}", f"queue={other_desk.queue.pk}", f"tags={other_desk.tags[0].pk}",
        f"agent={other_desk.administrator.pk}", f"also={other_desk.tags[0].pk}",
        f"attended={other_desk.administrator.pk}",
    ):  # fmt: skip
        filters, form = read(QueryDict(query), looking)
        assert filters is None
        assert "There is no such choice" in str(form.errors)
