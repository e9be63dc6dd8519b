"""Quick messages: texts inserted with a slash and a shortcut (docs/rules.md, Quick messages)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Conflict
from orgs.models import AuditEntry, User
from sectors import operations
from sectors.message_variables import fill, unknown_variables
from sectors.models import QuickMessage
from sectors.operations import QuickText
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES, versions_of
from tests.builders import Desk, quick_message
from tests.pages import NASTY, Pages, fields_of, text_of
from tests.refusals import refused, refused_by
from tickets.conversation.quick_messages import suggestions


def own(desk: Desk, user: User, *messages: tuple[str, str], **more: Any) -> list[QuickMessage]:
    texts = [QuickText(*message) for message in messages]
    return operations.add_quick_messages(desk.project, texts, by=desk.by(user), user=user, **more)


def shortcuts(desk: Desk) -> list[str]:
    return sorted(QuickMessage.objects.filter(project=desk.project).values_list("shortcut", flat=True))


def texts(desk: Desk) -> dict[str, str]:
    return dict(QuickMessage.objects.filter(project=desk.project).values_list("shortcut", "text"))


# The variables


def test_variables_are_replaced_and_nothing_else() -> None:
    values = {"contact.name": "Maria", "agent.name": "Rui"}
    text = "Hi {{contact.name}}, {{ agent.name }} here. {{ticket.protocol}}{single} {{unknown}}"
    assert fill(text, values) == "Hi Maria, Rui here.{single} {{unknown}}"


def test_what_a_contact_is_called_is_not_read_again_for_variables() -> None:
    assert fill("Hi {{contact.name}}", {"contact.name": "{{agent.name}}", "agent.name": "x"}) == "Hi {{agent.name}}"


def test_unknown_variables_are_named_once() -> None:
    assert unknown_variables("{{a}} {{ b }} {{a}} {{contact.name}} {{}}") == ["a", "b", ""]


# The operations


@pytest.mark.parametrize("shortcut", ["hello", "/hello", "good-morning", "Olá", "ajuda_1", "a.b", "x" * 40, "2026"])
def test_a_shortcut_is_one_word(desk: Desk, shortcut: str) -> None:
    assert quick_message(desk, shortcut).shortcut == shortcut.removeprefix("/")


@pytest.mark.parametrize("shortcut", ["", "/", "two words", "-a", "a/b", "x" * 41, "a\x00b", "😀", "{{x}}", None, 5])
def test_anything_else_is_refused(desk: Desk, shortcut: Any) -> None:
    with refused("invalid"):
        quick_message(desk, shortcut)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001, "x" * 1_000_000, None, 5, ["a"]])
def test_a_text_that_is_none_or_too_long_is_refused(desk: Desk, text: Any) -> None:
    with refused("invalid"):
        quick_message(desk, text=text)


def test_a_text_with_an_unknown_variable_is_refused_by_its_name(desk: Desk) -> None:
    with refused("unknown_variable") as told:
        quick_message(desk, text="Hi {{contact.surname}}")
    assert "{{contact.surname}}" in str(told.value)


def test_a_shortcut_is_there_once_whatever_its_case_and_accents(desk: Desk) -> None:
    quick_message(desk, "Olá")
    with refused("shortcut_taken"):
        quick_message(desk, "ola")
    with refused("shortcut_taken"):
        operations.add_quick_messages(
            desk.project, [QuickText("a", "1"), QuickText("A", "2")], by=desk.by(), sector=desk.sector
        )


def test_a_sector_and_two_people_may_have_the_same_shortcut(desk: Desk) -> None:
    one, other = desk.agent(), desk.agent()
    quick_message(desk, "hello")
    own(desk, one, ("hello", "mine"))
    own(desk, other, ("hello", "mine too"))
    assert shortcuts(desk) == ["hello"] * 3


def test_all_are_added_or_none(desk: Desk) -> None:
    with refused("invalid"):
        own(desk, desk.administrator, ("good", "text"), ("not good", "text"))
    assert shortcuts(desk) == []


def test_those_there_are_replaced_where_that_is_asked_for(desk: Desk) -> None:
    agent = desk.agent()
    own(desk, agent, ("hello", "old"))
    own(desk, agent, ("HELLO", "new"), ("bye", "bye"), replace=True)
    assert dict(QuickMessage.objects.values_list("shortcut", "text")) == {"HELLO": "new", "bye": "bye"}


def test_of_two_with_the_same_shortcut_none_wins_silently(desk: Desk) -> None:
    for replace in (False, True):
        with refused("shortcut_taken") as told:
            own(desk, desk.administrator, ("Oi", "Um"), ("oi", "Dois"), replace=replace)
        assert "/Oi and /oi" in str(told.value)
    assert shortcuts(desk) == []


def test_only_the_messages_that_somebody_saw_are_replaced(desk: Desk) -> None:
    [row] = own(desk, desk.administrator, ("hello", "old"))
    mark = versions_of([row])
    own(desk, desk.administrator, ("hello", "new"), ("bye", "bye"), replace=True, expected_versions=mark)
    for stale in (mark, versions_of([])):
        with refused("conflict"):
            own(desk, desk.administrator, ("HELLO", "newer"), replace=True, expected_versions=stale)
    assert texts(desk) == {"hello": "new", "bye": "bye"}


def test_there_are_no_more_than_the_most(desk: Desk) -> None:
    own(desk, desk.administrator, *((f"s{n}", "text") for n in range(MAX_QUICK_MESSAGES)))
    with refused("too_many_quick_messages"):
        own(desk, desk.administrator, ("one-more", "text"))


def test_a_sectors_are_its_managers_and_ones_own_are_ones_own(desk: Desk) -> None:
    agent, other = desk.agent(), desk.manager(desk.add_sector())
    row = quick_message(desk)
    for user in (agent, other):
        with refused("not_allowed"):
            operations.change_quick_message(row, QuickText("hello", "changed"), by=desk.by(user))
        with refused("not_allowed"):
            operations.remove_quick_message(row, by=desk.by(user))
    [mine] = own(desk, agent, ("mine", "text"))
    with refused("not_allowed"):
        operations.change_quick_message(mine, QuickText("mine", "changed"), by=desk.by())
    with refused("not_allowed"):
        operations.add_quick_messages(desk.project, [QuickText("x", "y")], by=desk.by(), user=agent)


def test_changes_of_a_sectors_are_written_down_ones_own_are_not(desk: Desk) -> None:
    row = quick_message(desk)
    operations.change_quick_message(row, QuickText("hello", "Hello there!"), by=desk.by())
    operations.change_quick_message(row, QuickText("hello", "Hello there!"), by=desk.by())
    operations.remove_quick_message(row, by=desk.by())
    operations.remove_quick_message(row, by=desk.by())
    own(desk, desk.administrator, ("mine", "text"))
    entries = AuditEntry.objects.filter(action__startswith="quick_message.").order_by("id")
    assert [entry.action.split(".")[1] for entry in entries] == ["added", "changed", "removed"]
    assert (entries[1].before, entries[1].after) == ({"text": "Hello!"}, {"text": "Hello there!"})


def test_the_database_keeps_a_shortcut_once_and_each_message_to_one_owner(desk: Desk) -> None:
    quick_message(desk, "Olá")
    [mine] = own(desk, desk.administrator, ("mine", "text"))
    with refused_by("quick_message_once_per_sector"):
        QuickMessage.objects.create(project=desk.project, sector=desk.sector, shortcut="OLA", text="x")
    with refused_by("quick_message_once_per_person"):
        QuickMessage.objects.create(project=desk.project, user=mine.user, shortcut="MINE", text="x")
    with refused_by("quick_message_of_sector_or_person"):
        QuickMessage.objects.create(
            project=desk.project, sector=desk.sector, user=mine.user, shortcut="both", text="x"
        )
    with refused_by("quick_message_of_sector_or_person"):
        QuickMessage.objects.create(project=desk.project, shortcut="none", text="x")


# At the desk


def test_the_desk_offers_the_sectors_and_ones_own_as_they_would_be_sent(desk: Desk) -> None:
    agent = desk.agent_online()
    ticket = desk.open_ticket("Maria")
    quick_message(desk, "hello", "Hello {{contact.name}}, {{agent.name}} here: {{ticket.protocol}}")
    own(desk, agent, ("bye", "Bye from {{sector.name}} / {{queue.name}}"))
    own(desk, desk.administrator, ("theirs", "text"))
    desk.add_sector()
    found = suggestions(ticket, desk.member(agent))
    assert [(item.shortcut, item.text, item.own) for item in found] == [
        ("bye", f"Bye from {desk.sector.name} / {desk.queue.name}", True),
        ("hello", f"Hello {ticket.contact.name}, {agent.name} here: {ticket.protocol}", False),
    ]


# The pages


def test_a_message_is_added_changed_and_removed_in_the_browser(desk: Desk, pages: Pages) -> None:
    for place in (["sectors:quick"], ["sectors:sector_quick", desk.sector.pk]):
        name, *ids = place
        text = "Hello {{contact.name}} of {{contact.field.city|your city}}"
        assert pages.post(name, *ids, shortcut="/hello", text=text).status_code == 302
        page = text_of(pages.get(name, *ids))
        assert "/hello Hello ‹The contact's name› of ‹city›" in page
        row = QuickMessage.objects.get()
        whole = {"shortcut": "hi", "text": "Hi", "version": row.modified_at.isoformat()}
        assert pages.post(f"{name}_message", *ids, row.pk, **whole).status_code == 302
        row.refresh_from_db()
        assert (row.shortcut, row.text) == ("hi", "Hi")
        version = row.modified_at.isoformat()
        assert pages.post(f"{name}_remove", *ids, row.pk, version=version).status_code == 302
        assert shortcuts(desk) == []


def test_the_second_of_two_who_change_one_sees_what_changed(desk: Desk, pages: Pages) -> None:
    [row] = own(desk, desk.administrator, ("hello", "Hello"))
    mine = {"shortcut": "mine", "text": "Mine", "version": row.modified_at.isoformat()}
    operations.change_quick_message(row, QuickText("hello", "Theirs"), by=desk.by())
    answer = pages.post("sectors:quick_message", row.pk, **mine)
    assert answer.status_code == 409
    assert "Shortcut hello mine Text Theirs Mine" in text_of(answer)
    assert texts(desk) == {"hello": "Theirs"}
    pages.post("sectors:quick_remove", row.pk, version=mine["version"])
    assert texts(desk) == {"hello": "Theirs"}, "it was removed from an older state than the one saved"
    again = fields_of(answer.content.decode())
    answer = pages.post("sectors:quick_message", row.pk, **again | {"text": "Mine"})
    assert texts(desk) == {"mine": "Mine"}


def test_one_that_somebody_removed_is_neither_changed_nor_back(desk: Desk) -> None:
    [row] = own(desk, desk.administrator, ("hello", "Hello"))
    operations.remove_quick_message(row, by=desk.by())
    with pytest.raises(Conflict):
        operations.change_quick_message(row, QuickText("hello", "Back"), by=desk.by())
    assert texts(desk) == {}


def test_one_is_edited_in_the_list(desk: Desk, pages: Pages) -> None:
    [row] = own(desk, desk.administrator, ("hello", "Hello"))
    url, part = pages.url("sectors:quick_message", row.pk), {"HX-Request": "true"}
    shown = pages.client.get(url, headers=part).content.decode()
    assert f'id="quick-{row.pk}"' in shown
    assert "<html" not in shown
    wrong = {**fields_of(shown), "text": "{{contact.nmae}}"}
    answer = pages.client.post(url, wrong, headers=part)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, f"#quick-{row.pk}")
    assert "no such variables" in text_of(answer)
    assert pages.client.post(url, {**wrong, "text": "Right"}, headers=part).url == pages.url("sectors:quick")
    assert texts(desk) == {"hello": "Right"}


def test_a_refused_message_stays_typed(desk: Desk, pages: Pages) -> None:
    answer = pages.post("sectors:quick", shortcut="two words", text="Kept {{contact.nmae}}")
    assert answer.status_code == 422
    assert "one word of letters" in text_of(answer)
    assert "Kept {{contact.nmae}}" in answer.content.decode()
    answer = pages.post("sectors:quick", shortcut="fine", text="Kept {{contact.nmae}}")
    assert "no such variables: {{contact.nmae}}" in text_of(answer)


@pytest.mark.parametrize("value", NASTY)
def test_nothing_typed_breaks_the_page(desk: Desk, pages: Pages, value: str) -> None:
    for data in ({"shortcut": value}, {"shortcut": "x", "text": value}, {"shortcut": value, "text": "x"}):
        assert pages.post("sectors:quick", **data).status_code in {302, 422}


def test_the_page_costs_the_same_however_many(desk: Desk, pages: Pages) -> None:
    own(desk, desk.administrator, ("first", "text"))
    pages.get("sectors:quick")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pages.get("sectors:quick").status_code == 200
        return len(queries)

    before = cost()
    own(desk, desk.administrator, *((f"s{n}", "text") for n in range(20)))
    desk.add_sector()
    assert cost() == before
