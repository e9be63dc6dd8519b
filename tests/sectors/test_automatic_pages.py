"""The page of a sector's automatic messages."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sectors import operations as sectors
from sectors.models import Moment, Sector
from sectors.operations.automatic_messages import texts_of
from tests.builders import Desk
from tests.pages import NASTY, Pages, text_of

PAGE = "sectors:automatic"


def post(desk: Desk, pages: Pages, **data: Any) -> Any:
    return pages.post(PAGE, desk.sector.pk, **pages.typed(PAGE, desk.sector.pk) | data)


def test_the_sector_s_page_leads_there(desk: Desk, pages: Pages) -> None:
    assert pages.url(PAGE, desk.sector.pk) in pages.get("sectors:detail", desk.sector.pk).content.decode()


def test_it_offers_each_moment_the_variables_that_it_knows(desk: Desk, pages: Pages) -> None:
    markup = pages.get(PAGE, desk.sector.pk).content.decode()
    for moment in Moment.values:
        assert f'name="{moment}"' in markup
    assert markup.count('data-name="ticket.position"') == 1
    assert markup.count('data-name="agent.name"') == 2
    assert markup.count('data-name="contact.name"') == 5
    assert markup.count(f'data-name="sector.name" data-example="{desk.sector.name}"') == 5


def test_setting_reading_and_emptying(desk: Desk, pages: Pages) -> None:
    given = {
        "opening": "Welcome {{contact.name}}",
        "waiting": "Number {{ticket.position}}",
        "assignment": "I am {{agent.name}}",
        "closing": "Two\nlines & <b>more</b>",
        "closed": "Closed",
    }
    assert post(desk, pages, **given, waiting_every="5", when_closed="answer").status_code == 302
    assert texts_of(desk.sector) == given
    assert Sector.objects.get(pk=desk.sector.pk).waiting_every == 5
    # Sent again as it stands, nothing changes.
    assert post(desk, pages).status_code == 302
    assert texts_of(desk.sector) == given
    assert post(desk, pages, opening="", waiting_every="").status_code == 302
    del given["opening"]
    assert texts_of(desk.sector) == given
    assert Sector.objects.get(pk=desk.sector.pk).waiting_every is None


def test_keeping_them_waiting_needs_and_keeps_no_text(desk: Desk, pages: Pages) -> None:
    assert pages.typed(PAGE, desk.sector.pk)["when_closed"] == ["keep"]
    answer = post(desk, pages, when_closed="answer", closed="  ")
    assert answer.status_code == 422
    assert "Write what they are told, or let them just wait." in text_of(answer)
    assert post(desk, pages, when_closed="answer", closed="Closed").status_code == 302
    assert pages.typed(PAGE, desk.sector.pk)["when_closed"] == ["answer"]
    assert post(desk, pages, when_closed="keep").status_code == 302
    assert texts_of(desk.sector) == {}


def test_what_is_refused_stays_typed(desk: Desk, pages: Pages) -> None:
    answer = post(desk, pages, opening="Kept {{contact.nmae}}", closing="Goodbye")
    assert answer.status_code == 422
    assert "There are no such variables: {{contact.nmae}}." in text_of(answer)
    assert "Kept {{contact.nmae}}" in answer.content.decode()
    assert "Goodbye" in answer.content.decode()
    assert texts_of(desk.sector) == {}


@pytest.mark.parametrize("minutes", ["0", "1441", "-5", "1.5", "soon", "9" * 400])
def test_what_are_no_minutes_is_refused(desk: Desk, pages: Pages, minutes: str) -> None:
    assert post(desk, pages, waiting="Wait", waiting_every=minutes).status_code == 422
    assert texts_of(desk.sector) == {}


@pytest.mark.parametrize("value", NASTY)
def test_nothing_typed_breaks_the_page(desk: Desk, pages: Pages, value: str) -> None:
    for name in (*Moment.values, "waiting_every", "when_closed", "version"):
        assert post(desk, pages, **{name: value}).status_code in {302, 422}


def test_a_form_without_its_end_changes_nothing(desk: Desk, pages: Pages) -> None:
    typed = pages.typed(PAGE, desk.sector.pk) | {"opening": "Welcome"}
    del typed["version"]
    assert pages.post(PAGE, desk.sector.pk, **typed).status_code == 422
    assert texts_of(desk.sector) == {}


def test_the_second_of_two_sees_what_changed(desk: Desk, pages: Pages) -> None:
    typed = pages.typed(PAGE, desk.sector.pk) | {"opening": "Mine", "when_closed": "answer", "closed": "Closed"}
    sectors.set_automatic_messages(desk.sector, {"opening": "Theirs"}, by=desk.by(), waiting_every=7)
    answer = pages.post(PAGE, desk.sector.pk, **typed)
    assert answer.status_code == 409
    said = text_of(answer)
    for part in ("Message on opening Theirs Mine", "Repeat every 7 –", "keeps waiting keeps waiting and is sent"):
        assert part in said
    assert texts_of(desk.sector) == {"opening": "Theirs"}
    # Having compared, they decide.
    again = pages.client.post(pages.url(PAGE, desk.sector.pk), typed | {"version": version_in(answer)})
    assert again.status_code == 302
    assert texts_of(desk.sector) == {"opening": "Mine", "closed": "Closed"}


def version_in(answer: Any) -> str:
    return answer.context["version"]


def test_the_page_costs_the_same_however_much_there_is(desk: Desk, pages: Pages) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get(PAGE, desk.sector.pk).status_code == 200
        return len(queries)

    pages.get(PAGE, desk.sector.pk)
    before = cost()
    sectors.set_automatic_messages(desk.sector, dict.fromkeys(Moment.values, "Text"), by=desk.by())
    assert cost() == before
