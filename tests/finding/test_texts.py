"""Messages are found whatever case, accents and forms of Unicode (docs/rules.md, Searching)."""

import re
import unicodedata
from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.text import folded, matches, plain
from orgs.models import User
from reports.filters import Filters, Selection
from tests.builders import Desk
from tests.pages import Pages, text_of
from tickets.conversation.search import find_message
from tickets.models import Message, Ticket

SAID = ["Não recebi a devolução", "Quiero la cancelación del envío", "¡Señor, ﬁn  del\nｐｅｄｉｄｏ ４２!"]
#: What is typed, and which of these it finds.
TYPED = [
    ("devolucao", {0}),
    ("nao recebi", {0}),
    ("NÃO RECEBI", {0}),
    ("DEVOLUÇÃO", {0}),
    ("na\u0303o", {0}),
    ("cancelacion", {1}),
    ("envio", {1}),
    ("senor", {2}),
    ("fin del pedido 42", {2}),
    ("pedido ４２", {2}),
    ("del", {1, 2}),
    ("recebi nao", set()),
    ("100%", set()),
    ("n_o", set()),
]


@pytest.fixture
def agent(desk: Desk) -> User:
    return desk.agent_online()


@pytest.fixture
def ticket(desk: Desk, agent: User) -> Ticket:
    """A ticket in which each of the texts was said."""
    made = desk.open_ticket(wanted_agent=agent)
    for text in SAID:
        desk.message(made, text)
    return made


@pytest.mark.parametrize(("typed", "found"), TYPED)
def test_in_a_conversation(desk: Desk, ticket: Ticket, agent: User, typed: str, found: set[int]) -> None:
    answer = Pages(agent, desk.project).get("tickets:find", ticket.pk, q=typed)
    [count] = re.findall(r'data-count="(\d+)"', answer.content.decode())
    assert int(count) == len(found)
    hit = find_message(ticket, typed).message
    assert (hit.text if hit else None) == (SAID[max(found)] if found else None)


def test_in_the_history(desk: Desk, agent: User) -> None:
    closed = []
    for text in SAID:
        ticket = desk.open_ticket(wanted_agent=agent)
        desk.message(ticket, text)
        closed.append(desk.close(ticket))
    pages = Pages(desk.administrator, desk.project)
    for typed, expected in TYPED:
        shown = text_of(pages.get("reports:history", text=typed))
        assert {n for n, ticket in enumerate(closed) if ticket.protocol in shown} == expected, typed


#: Letters whose plain form isn't a part of them, as Unicode has it.
_OTHER = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ς": "σ"}
_LETTERS = (
    "abnosz ABNOSZ\t\n019.,%_\\çãõéíñüÇÃÕÉÍÑÜàêÄåŘŠ\u0301\u0303\u0308\u200b\u00ad\u00a0ﬁﬀＡｂ９１²ªº①ⅣßØæŒđŁıİ"
    "٣۴०ΣςσΆйЙёガｶﾞ한"
)


def expected(text: str) -> str:
    """Return the fold of a text, in Python."""
    text = unicodedata.normalize("NFKD", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" and not "\u0300" <= char <= "\u036f")
    text = "".join(_OTHER.get(char, str(unicodedata.decimal(char, char))) for char in text.lower())
    return " ".join(text.split())


texts = st.text(st.sampled_from(_LETTERS), max_size=12)


@pytest.fixture
def said(ticket: Ticket) -> Iterator[Message]:
    return Message.objects.get(ticket=ticket, text=SAID[0])


@given(text=texts, typed=texts)
@example(text="ﬁ", typed="i")
@example(text="a\u0301", typed="á")
@example(text="한", typed="한")
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_text_is_found_if_and_only_if_its_fold_holds_that_of_what_is_typed(
    said: Message, text: str, typed: str
) -> None:
    assert folded([text, typed]) == [expected(text), expected(typed)]
    if not expected(typed):
        return
    Message.objects.filter(ticket=said.ticket).update(text="")
    Message.objects.filter(pk=said.pk).update(text=text)
    holds = expected(typed) in expected(text)
    assert (said.pk == getattr(find_message(said.ticket, typed).message, "pk", None)) is holds


@given(text=texts)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_folded_stays_as_it_is(said: Message, text: str) -> None:
    assert folded(folded([text])) == folded([text])


def test_names_are_compared_outside_the_database_as_in_it(db: None) -> None:
    names = ["João Conceição", "Ｎúmero ２", "", "Ana\x00"]
    assert matches("conceicao joao", names) == [True, False, False, False]
    assert matches("numero 2", names) == [False, True, False, False]
    assert matches("", names) == [True] * 4
    assert matches("a\x00na", names) == [False, False, False, True]


def test_what_is_typed_comes_without_what_its_way_put_in() -> None:
    assert plain(" ＡＢＣ－１２\u200b\u202c٣ ") == "ABC-123"


def test_the_history_is_searched_by_an_index(desk: Desk) -> None:
    ticket = desk.closed_ticket()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_message (id, ticket_id, number, kind, text, external_id, metadata, is_history,
                is_late, history_key, created_on, stored_at, delivery)
            SELECT gen_random_uuid(), %s, 1000 + n, 'contact', 'Mensagem número ' || n || ' não é nada', '', '{}',
                false, false, '', now(), now(), '' FROM generate_series(1, 20000) n
            """,
            [ticket.pk],
        )
        cursor.execute("ANALYZE tickets_message")
    selection = Selection(desk.member(desk.administrator), Filters(text="NUMERO 14711"))
    plan = selection.closed().explain()
    assert "message_words" in plan, plan
    assert "Seq Scan on tickets_message" not in plan, plan
    assert [found.pk for found in selection.closed()] == [ticket.pk]
    Message.objects.filter(number__gt=1000).delete()
