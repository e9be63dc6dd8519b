"""The page of a queue: its name and the agents on it."""

import re
from typing import Any
from uuid import uuid4

import pytest

from orgs.models import ProjectRole
from queues import operations
from queues.models import Queue
from tests.builders import Desk, person, put_on
from tests.pages import NASTY, Pages, fields_of, said, text_of, undo_of


def test_a_new_queue_with_agents(desk: Desk, pages: Pages) -> None:
    agents = [desk.person(), desk.person()]
    answer = pages.post("queues:new", desk.sector.pk, name="Second line", agents=[str(a.pk) for a in agents])
    assert answer.status_code == 302
    queue = desk.sector.queues.get(name="Second line")
    assert set(queue.agents.all()) == set(agents)


def test_agents_are_put_on_and_taken_off(desk: Desk, pages: Pages) -> None:
    before, after = desk.agent(), desk.person()
    data = pages.typed("queues:detail", desk.queue.pk)
    assert data["agents"] == [str(before.pk)]
    answer = pages.post("queues:detail", desk.queue.pk, **data | {"name": "Renamed", "agents": [str(after.pk)]})
    assert answer.status_code == 302
    queue = Queue.objects.get(pk=desk.queue.pk)
    assert (queue.name, list(queue.agents.all())) == ("Renamed", [after])


def test_those_without_access_cannot_be_picked_and_the_page_says_why(desk: Desk, pages: Pages) -> None:
    viewer = desk.person(ProjectRole.VIEWER)
    response = pages.get("queues:detail", desk.queue.pk)
    assert f"a Viewer has no access to Chats: {viewer.name}" in text_of(response)
    assert f'value="{viewer.pk}"' not in response.content.decode()
    data = pages.typed("queues:detail", desk.queue.pk)
    for key in (viewer.pk, person().pk, uuid4(), "nobody"):
        answer = pages.post("queues:detail", desk.queue.pk, **data | {"agents": [str(key)]})
        assert answer.status_code == 422
        assert answer.context["form"].errors["agents"]
    assert not desk.queue.agents.exists()


def test_agents_changed_meanwhile_are_not_overwritten_unseen(desk: Desk, pages: Pages) -> None:
    mine = pages.typed("queues:detail", desk.queue.pk)
    agent = desk.agent()
    answer = pages.post("queues:detail", desk.queue.pk, **mine | {"name": "Mine"})
    assert answer.status_code == 409
    assert f"Agents {agent.name} nobody" in text_of(answer)
    assert list(desk.queue.agents.all()) == [agent]
    assert pages.post("queues:detail", desk.queue.pk, **fields_of(answer.content.decode())).status_code == 302
    assert not desk.queue.agents.exists()


def test_a_form_without_its_end_is_refused(desk: Desk, pages: Pages) -> None:
    agent = desk.agent()
    for data in ({}, {"name": "Mine"}, {"name": "Mine", "agents": [str(agent.pk)]}):
        answer = pages.post("queues:detail", desk.queue.pk, **data)
        assert answer.status_code == 422
    assert list(desk.queue.agents.all()) == [agent]
    assert pages.post("queues:new", desk.sector.pk).status_code == 422


@pytest.mark.parametrize("field", ["name", "agents", "version"])
def test_nonsense_is_answered_and_never_breaks(desk: Desk, pages: Pages, field: str) -> None:
    for value in NASTY:
        data = pages.typed("queues:detail", desk.queue.pk) | {field: [value]}
        assert pages.post("queues:detail", desk.queue.pk, **data).status_code in {302, 422}, value[:20]
        assert pages.post("queues:new", desk.sector.pk, **data | {"name": f"{value}!"}).status_code in {302, 422}


def test_a_name_that_is_taken_is_refused_at_the_field(desk: Desk, pages: Pages) -> None:
    desk.add_queue("Técnica")
    answer = pages.post("queues:new", desk.sector.pk, name="tecnica")
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"]


def test_the_last_queue_and_one_with_tickets_stay(desk: Desk, pages: Pages) -> None:
    assert "keeps at least one queue" in text_of(pages.post("queues:archive", desk.queue.pk))
    desk.add_queue()
    desk.open_ticket(queue=desk.queue)
    answer = pages.post("queues:archive", desk.queue.pk)
    assert answer.status_code == 422
    assert "Choose where the open tickets go." in text_of(answer)
    assert not Queue.objects.get(pk=desk.queue.pk).archived_at


def test_archiving_asks_where_open_tickets_go_and_moves_them(desk: Desk, pages: Pages) -> None:
    second = desk.add_queue("Second")
    ticket = desk.open_ticket()
    page = text_of(pages.get("queues:archive", desk.queue.pk))
    assert "1 ticket waits" in page
    assert f"{desk.sector.name} / Second" in page
    answer = pages.post("queues:archive", desk.queue.pk, move_to=str(second.pk))
    assert answer.status_code == 302
    ticket.refresh_from_db()
    assert ticket.queue == second
    assert pages.client.post(undo_of(answer)).status_code == 302
    assert not Queue.objects.get(pk=desk.queue.pk).archived_at


@pytest.mark.parametrize("place", ["", "x", "held", "foreign", "itself", "managed by others"])
def test_a_place_that_takes_none_is_refused(desk: Desk, other_desk: Desk, place: str) -> None:
    desk.open_ticket()
    held = desk.add_queue("Held")
    operations.update_queue(held, by=desk.by(), on_hold=True)
    elsewhere = desk.add_sector().queues.get()
    keys = {"held": held, "foreign": other_desk.queue, "itself": desk.queue, "managed by others": elsewhere}
    manager = Pages(desk.manager(), desk.project)
    value = str(keys[place].pk) if place in keys else place
    assert manager.post("queues:archive", desk.queue.pk, move_to=value).status_code == 422
    assert not Queue.objects.get(pk=desk.queue.pk).archived_at


def test_a_queue_is_put_on_hold_and_moved_from_the_list(desk: Desk, pages: Pages) -> None:
    second = desk.add_queue("Second")
    assert pages.post("queues:hold", desk.queue.pk, on="1").status_code == 302
    assert "On hold" in text_of(pages.get("queues:list", desk.sector.pk))
    pages.post("queues:hold", desk.queue.pk, on="0")
    assert not Queue.objects.get(pk=desk.queue.pk).on_hold
    pages.post("queues:move", second.pk, step="up")
    text = text_of(pages.get("queues:list", desk.sector.pk))
    assert text.rindex("Second") < text.rindex(desk.queue.name)
    assert "Say where it goes" in said(pages.post("queues:move", second.pk, step="x"))[-1]


def test_the_list_is_paged_and_searched(desk: Desk, pages: Pages, django_assert_num_queries: Any) -> None:
    Queue.objects.bulk_create(Queue(sector=desk.sector, name=f"Line {n:03}", position=n) for n in range(1, 120))
    seen: list[str] = []
    url = pages.url("queues:list", desk.sector.pk)
    pages.client.get(url)
    with django_assert_num_queries(16):
        page = pages.client.get(url)
    while True:
        seen += re.findall(r"Line \d{3}(?=</a>)", page.content.decode())
        older = page.context["page"].older_url
        if not older:
            break
        page = pages.client.get(url + older)
    assert seen == [f"Line {n:03}" for n in range(1, 120)]
    back = pages.client.get(url + page.context["page"].newer_url)
    assert "Line 069" in text_of(back)
    assert "Line 077" in text_of(pages.client.get(url, {"q": "LINE 077"}))
    assert "Nothing found" in text_of(pages.client.get(url, {"q": "nothing like it"}))
    for nonsense in ("x", "1,2,3", "\x00", "9" * 400, "1,not-a-key,name"):
        assert pages.client.get(url, {"after": nonsense}).status_code == 200


def test_what_the_form_says_of_a_queue_is_kept(desk: Desk, pages: Pages) -> None:
    data = pages.typed("queues:detail", desk.queue.pk)
    answer = pages.post("queues:detail", desk.queue.pk, **data | {"on_hold": ["on"], "max_waiting": ["7"]})
    assert answer.status_code == 302
    row = Queue.objects.get(pk=desk.queue.pk)
    assert (row.on_hold, row.max_waiting) == (True, 7)
    data = pages.typed("queues:detail", desk.queue.pk)
    for wrong in ("-1", "10001", "many"):
        assert pages.post("queues:detail", desk.queue.pk, **data | {"max_waiting": [wrong]}).status_code == 422
    pages.post("queues:detail", desk.queue.pk, **data | {"max_waiting": [""]})
    assert Queue.objects.get(pk=desk.queue.pk).max_waiting is None


def test_archiving_and_restoring(desk: Desk, pages: Pages) -> None:
    queue = desk.add_queue("Seldom used")
    assert pages.post("queues:archive", queue.pk).status_code == 302
    assert Queue.objects.get(pk=queue.pk).archived_at
    archived = pages.get("queues:list", desk.sector.pk, archived="1")
    assert pages.url("queues:restore", queue.pk) in archived.content.decode()
    assert pages.post("queues:restore", queue.pk).status_code == 302
    assert not Queue.objects.get(pk=queue.pk).archived_at


def test_who_may(desk: Desk, other_desk: Desk) -> None:
    other = desk.add_sector()

    def status(user: object) -> int:
        return Pages(user, desk.project).get("queues:detail", desk.queue.pk).status_code  # type: ignore[arg-type]

    assert status(desk.manager()) == 200
    assert status(desk.manager(other)) == 404
    assert status(desk.agent()) == 403
    assert status(other_desk.administrator) == 404
    foreign = Pages(desk.administrator, desk.project)
    assert foreign.get("queues:detail", other_desk.queue.pk).status_code == 404
    assert foreign.get("queues:new", other_desk.sector.pk).status_code == 404


def test_removing_an_agent_keeps_the_conversations(desk: Desk, pages: Pages) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket()
    data = pages.typed("queues:detail", desk.queue.pk)
    del data["agents"]
    assert pages.post("queues:detail", desk.queue.pk, **data).status_code == 302
    ticket.refresh_from_db()
    assert ticket.agent == agent


def test_a_save_that_changes_agents_alone_is_a_new_version(desk: Desk) -> None:
    before = Queue.objects.get(pk=desk.queue.pk).modified_at
    put_on(desk.queue, desk.person())
    after = Queue.objects.get(pk=desk.queue.pk).modified_at
    assert after > before
    operations.update_queue(desk.queue, by=desk.by(), name=desk.queue.name)
    assert Queue.objects.get(pk=desk.queue.pk).modified_at == after
