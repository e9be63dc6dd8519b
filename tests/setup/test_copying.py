"""A sector as the pattern of another one (docs/rules.md, Sector)."""

from typing import Any

import pytest
from django.test import Client

from core.errors import DomainError, NotAllowed
from queues import operations as queues
from sectors import operations as sectors
from sectors.models import AutomaticMessage, Moment, Sector
from setup.operations import copy_sector, name_of_copy
from tags import operations as tags
from tags.models import Tag
from tests.builders import Desk, quick_message, special_day
from tests.pages import NASTY, Pages


def queue_facts(sector: Sector) -> list[tuple[Any, ...]]:
    rows = sector.queues.order_by("position", "name")
    return [(row.name, row.on_hold, row.max_waiting, set(row.agents.all())) for row in rows]


def test_it_has_the_same_hours_days_queues_tags_and_messages(desk: Desk) -> None:
    week = [[(480, 720), (1320, 1800)], [], [], [], [], [], [(0, 1440)]]
    sectors.update_sector(
        desk.sector, by=desk.by(), week=week, always_open=False, ticket_limit=7, timezone="America/Lima"
    )
    queues.create_queue(desk.sector, "Second", by=desk.by(), on_hold=True, max_waiting=4)
    special_day(desk)
    quick_message(desk)
    AutomaticMessage.objects.create(sector=desk.sector, moment=Moment.OPENING, text="Hello")
    Tag.objects.filter(sector=desk.sector).update(color="red", description="What it means")
    copy = copy_sector(desk.sector, "Another", by=desk.by())
    assert sectors.facts_of(copy) | {"name": ""} == sectors.facts_of(desk.sector) | {
        "name": "", "managers": [], "ticket_limit": 7, "timezone": "America/Lima", "always_open": False,
        "hours": [[list(pair) for pair in day] for day in week],
    }  # fmt: skip
    assert queue_facts(copy) == [(*facts[:3], set()) for facts in queue_facts(desk.sector)]
    for rows, fields in (
        ("exceptions", ("date", "yearly", "label", "ranges")),
        ("quick_messages", ("shortcut", "text")),
        ("automatic_messages", ("moment", "text")),
        ("tags", ("name", "color", "description")),
    ):
        own, others = getattr(copy, rows).values_list(*fields), getattr(desk.sector, rows).values_list(*fields)
        assert list(own) == list(others), rows
        assert own, rows


def test_what_is_archived_and_the_flows_tag_stay_behind(desk: Desk) -> None:
    queues.archive_queue(desk.add_queue("Old"), by=desk.by())
    [tag] = tags.add_tags(desk.sector, ["Old tag"], by=desk.by())
    tags.archive_tag(tag, by=desk.by())
    Tag.objects.create(sector=desk.sector, name="By the flow", closed_by_flow=True)
    copy = copy_sector(desk.sector, "Another", by=desk.by())
    assert [row.name for row in copy.queues.all()] == [desk.queue.name]
    assert not copy.tags.filter(name__in=["Old tag", "By the flow"]).exists()


def test_people_come_along_only_where_asked(desk: Desk) -> None:
    agent, manager = desk.agent(), desk.manager()
    sectors.set_agent_limits(desk.sector, {agent: 2}, by=desk.by())
    bare = copy_sector(desk.sector, "Bare", by=desk.by())
    assert not (bare.managers.exists() or bare.agent_limits.exists() or bare.queues.get().agents.exists())
    whole = copy_sector(desk.sector, "Whole", by=desk.by(), with_agents=True, with_managers=True)
    assert list(whole.managers.all()) == [manager]
    assert list(whole.queues.get().agents.all()) == [agent]
    assert whole.limits_of([agent.pk]) == {agent.pk: 2}


def test_a_name_that_is_taken_makes_nothing(desk: Desk) -> None:
    before = Sector.objects.count()
    with pytest.raises(DomainError, match="already has a sector of this name"):
        copy_sector(desk.sector, desk.sector.name.upper(), by=desk.by())
    assert Sector.objects.count() == before


def test_only_who_creates_sectors_copies_them_and_within_the_project(desk: Desk) -> None:
    for by in (desk.by(desk.manager()), desk.by(desk.agent()), Desk.set_up().by()):
        with pytest.raises(NotAllowed):
            copy_sector(desk.sector, "Another", by=by)


def test_the_name_proposed_fits(desk: Desk) -> None:
    assert name_of_copy(desk.sector) == f"{desk.sector.name} (copy)"
    assert len(name_of_copy(Sector(name="x" * 80))) == 80


def test_the_page_proposes_a_name_and_makes_the_copy(desk: Desk, pages: Pages) -> None:
    typed = pages.typed("setup:sector_copy", desk.sector.pk)
    assert typed["name"] == [f"{desk.sector.name} (copy)"]
    answer = pages.post("setup:sector_copy", desk.sector.pk, **typed)
    copy = Sector.objects.get(name=typed["name"][0])
    assert answer.url == pages.url("sectors:detail", copy.pk)
    again = pages.post("setup:sector_copy", desk.sector.pk, **typed)
    assert again.status_code == 422
    assert typed["name"][0] in again.content.decode()


def test_nothing_odd_breaks_the_page(desk: Desk, pages: Pages) -> None:
    for value in NASTY:
        answer = pages.post("setup:sector_copy", desk.sector.pk, name=value, agents=value, managers=value)
        assert answer.status_code in {302, 422}, value[:20]


def test_rest(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.administrator)
    url = f"/api/v1/projects/{desk.project.pk}/sectors/{desk.sector.pk}/copy"
    answer = client.post(url, {"name": "Another", "agents": True}, "application/json")
    assert answer.status_code == 201, answer.content
    assert Sector.objects.get(pk=answer.json()["id"]).name == "Another"
    for wrong in ({}, {"name": ""}, {"name": 3}, {"name": "x", "agents": "maybe"}, [], {"name": "Another"}):
        assert client.post(url, wrong, "application/json").status_code in {400, 409}, wrong
