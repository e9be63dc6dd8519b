"""The page of the agents who have a limit of their own in a sector."""

from typing import Any

import pytest

from sectors import operations as sectors
from tests.builders import Desk
from tests.pages import Pages, text_of


def limits(desk: Desk) -> dict[Any, int]:
    return {row.user: row.ticket_limit for row in desk.sector.agent_limits.all()}


def post(desk: Desk, pages: Pages, **data: Any) -> Any:
    typed = {key: value for key, value in pages.typed("sectors:limits", desk.sector.pk).items() if value != [""]}
    return pages.post("sectors:limits", desk.sector.pk, **typed | data)


def test_without_any_it_says_what_they_are_for(desk: Desk, pages: Pages) -> None:
    text = text_of(pages.get("sectors:limits", desk.sector.pk))
    assert "Give a newcomer fewer tickets" in text
    assert "at most 3 tickets at a time" in text


def test_giving_changing_and_taking_away(desk: Desk, pages: Pages) -> None:
    one, other = desk.agent(), desk.agent()
    assert post(desk, pages, people=[str(one.pk), str(other.pk)], limit="2").status_code == 302
    assert limits(desk) == {one: 2, other: 2}
    assert post(desk, pages, **{f"limit-{one.pk}": "7", f"limit-{other.pk}": ""}).status_code == 302
    assert limits(desk) == {one: 7}
    assert f'name="limit-{one.pk}" value="7"' in pages.get("sectors:limits", desk.sector.pk).content.decode()


@pytest.mark.parametrize("wrong", ["0", "101", "many", "-1", "9" * 500, "1.5"])
def test_what_is_no_limit_stays_in_the_form(desk: Desk, pages: Pages, wrong: str) -> None:
    agent = desk.agent()
    sectors.set_agent_limits(desk.sector, {agent: 2}, by=desk.by())
    answer = post(desk, pages, **{f"limit-{agent.pk}": wrong})
    assert answer.status_code == 422
    assert f'value="{wrong}"' in answer.content.decode()
    assert limits(desk) == {agent: 2}
    assert post(desk, pages, people=[str(desk.agent().pk)], limit=wrong).status_code == 422


def test_nothing_chosen_is_not_saved_but_told_what_to_do(desk: Desk, pages: Pages) -> None:
    page = pages.get("sectors:limits", desk.sector.pk).content.decode()
    assert "field__optional" not in page
    answer = post(desk, pages)
    assert answer.status_code == 422
    assert "Choose who gets a limit, and say how many tickets at a time." in text_of(answer)
    assert "Choose who gets this limit." in text_of(post(desk, pages, limit="2"))
    # With numbers on the page, those may be all there is to save.
    sectors.set_agent_limits(desk.sector, {desk.agent(): 2}, by=desk.by())
    assert post(desk, pages).status_code == 302


def test_people_without_a_number_and_people_who_cannot_be_picked(desk: Desk, pages: Pages) -> None:
    assert "Say how many tickets at a time." in text_of(post(desk, pages, people=[str(desk.agent().pk)]))
    viewer = desk.person("viewer")
    assert post(desk, pages, people=[str(viewer.pk)], limit="2").status_code == 422
    assert limits(desk) == {}


def test_the_second_of_two_sees_what_changed(desk: Desk, pages: Pages) -> None:
    agent = desk.agent()
    sectors.set_agent_limits(desk.sector, {agent: 2}, by=desk.by())
    typed = pages.typed("sectors:limits", desk.sector.pk)
    sectors.set_agent_limits(desk.sector, {agent: 5}, by=desk.by())
    answer = pages.post("sectors:limits", desk.sector.pk, **typed | {f"limit-{agent.pk}": ["9"]})
    assert answer.status_code == 409
    assert "5" in text_of(answer)
    assert limits(desk) == {agent: 5}
