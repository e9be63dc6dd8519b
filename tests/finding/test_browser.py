"""What the page compares itself, it compares as the database does; what is found is marked as it is written."""

import pytest
from playwright.sync_api import expect

from core.text import folded
from tests.browsing import OpenDesk, until
from tests.builders import Desk
from tests.receiver import in_thread

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXTS = [
    "Não recebi  a\u00a0devolução",
    "¡Señor, ﬁn del\nｐｅｄｉｄｏ ４２!",
    "na\u0303o \u200b ",
    "ØÆŒß Łódź İzmir ı đ ð þ",
    "ΣΊΣΥΦΟΣ Йод ЁЖ 한글 ガ ｶﾞ",
    "٣ ۴ ० ① ² Ⅳ",
    "«a» “b” ‘c’ d–e—f\u2011g ¿h?",
    "",
]
#: What is typed, and what of the message is marked.
MARKED = {
    "nao recebi": ["Não recebi"],
    "NAO": ["Não", "na\u0303o"],
    "devolucao": ["devolução"],
    "fin do": ["ﬁn  do"],
    "pedido 42": ["ｐｅｄｉｄｏ ４２"],
}


def test_texts_are_folded_alike(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk(desk.agent(desk.queue))
    on_page = page.evaluate("(texts) => texts.map(weniText.fold)", TEXTS)
    assert on_page == in_thread(lambda: folded(TEXTS))
    assert page.evaluate("weniText.holds('João Conceição', 'conceicao joao')")
    assert not page.evaluate("weniText.holds('João Conceição', 'conceicao ana')")


def test_words_are_marked_as_they_are_written(desk: Desk, open_desk: OpenDesk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket(wanted_agent=agent)
    desk.message(ticket, "Não recebi a devolução, na\u0303o. É o ﬁn  do ｐｅｄｉｄｏ ４２")
    page = open_desk(agent, ticket)
    page.get_by_role("textbox", name="Write an answer").press("Control+Shift+F")
    field = page.get_by_role("searchbox", name="Words in this conversation")
    for typed, marked in MARKED.items():
        field.fill(typed)
        expect(page.get_by_role("search")).to_contain_text("1 of 1")
        until(page, lambda marked=marked: page.evaluate("[...CSS.highlights.get('desk-find')].map(String)") == marked)
