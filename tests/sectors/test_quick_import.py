"""Quick messages from files of spreadsheets and of other desks (docs/rules.md, Quick messages)."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sectors import operations
from sectors.models import QuickMessage
from sectors.operations import QuickText
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES
from tests.builders import Desk, quick_message
from tests.pages import NASTY, Pages, fields_of, text_of

OI = {"oi": "Oi tudo bem"}


def texts() -> dict[str, str]:
    return dict(QuickMessage.objects.values_list("shortcut", "text"))


def upload(pages: Pages, content: str | bytes, place: str = "sectors:quick", *ids: Any) -> Any:
    """Return the page that shows what a file would change."""
    raw = content if isinstance(content, bytes) else content.encode()
    return pages.post(f"{place}_import", *ids, file=SimpleUploadedFile("quick.csv", raw))


def confirm(pages: Pages, shown: Any, place: str = "sectors:quick", *ids: Any, **other: Any) -> Any:
    """Send the page on, as the button that imports does."""
    return pages.post(f"{place}_import", *ids, **{**fields_of(shown.content.decode()), "step": "import", **other})


def imported(pages: Pages, content: str | bytes) -> dict[str, str]:
    """Return the messages that a file gives if nothing is chosen by hand."""
    shown = upload(pages, content)
    assert (shown.status_code, texts()) == (200, {}), "it was imported before anybody said so"
    assert confirm(pages, shown).status_code == 302
    return texts()


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (
            '\ufeffshortcut,text\r\nhola,"Hola {{contact.name}}\r\nsegunda linea"\r\n',
            {"hola": "Hola {{contact.name}}\nsegunda linea"},
        ),
        (
            "shortcut;text\r\nola;Olá {{contact.name}}, não há previsão\r\n".encode("cp1252"),
            {"ola": "Olá {{contact.name}}, não há previsão"},
        ),
        ("Shortcut,Text\r\noi,Oi tudo bem\r\n", OI),
        ("shortcut , text\r\noi,Oi tudo bem\r\n", OI),
        ("shortcut,message\r\noi,Oi tudo bem\r\n", OI),
        ("short_code,content\r\noi,Oi tudo bem\r\n", OI),
        ("shortcut\ttext\r\noi\tOi tudo bem\r\n".encode("utf-16"), OI),
        ("shortcut,text\r\n/oi,Oi tudo bem\r\n", OI),
        ("shortcut,text\r\nbom dia,Bom dia!\r\n", {"bom-dia": "Bom dia!"}),
        ("id,shortcut,text,created_at\r\n1,oi,Oi,2026-01-01\r\n", {"oi": "Oi"}),
        ("shortcut,text\r\noi,Oi; tudo bem\r\n", {"oi": "Oi; tudo bem"}),
        ('"shortcut,text"\r\n"oi,Oi tudo"\r\n', {"oi": "Oi tudo"}),
        ("sep=;\r\nAtalho;Mensagem\r\noi;Oi tudo bem\r\n", OI),
        ("Título|Conteúdo|Setor\r\noi|Oi tudo bem|Vendas\r\n", OI),
        ("texto,atajo\n\n,\nOi tudo bem,oi\n", OI),
        ("shortcut,text\na,'=1+1\n", {"a": "=1+1"}),
    ],
)
def test_a_file_is_read_as_it_was_saved(
    desk: Desk, pages: Pages, content: str | bytes, messages: dict[str, str]
) -> None:
    assert imported(pages, content) == messages


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('oi,"Olá! {{contact.birthday}}"', "Row 2 · /oi There are no such variables: {{contact.birthday}}."),
        ("oi," + "a" * 4001, "Row 2 · /oi Use at most 4000 characters."),
        ("oi", "Row 2 · /oi This row has no text."),
        (",Oi", "Row 2 This row has no shortcut."),
        ("olá!,Oi", "Row 2 · /olá! A shortcut is one word of letters"),
        ("x" * 41 + ",Oi", "Use at most 40 characters."),
    ],
)
def test_a_row_that_is_refused_is_named_and_the_others_are_imported(
    desk: Desk, pages: Pages, row: str, says: str
) -> None:
    shown = upload(pages, f"shortcut,text\n{row}\nok,Tudo certo\n")
    assert says in text_of(shown)
    assert "1 row can’t be imported" in text_of(shown)
    assert "Import 1 message " in text_of(shown)
    confirm(pages, shown)
    assert texts() == {"ok": "Tudo certo"}


def test_of_two_rows_with_the_same_shortcut_the_second_is_refused(desk: Desk, pages: Pages) -> None:
    shown = upload(pages, "shortcut,text\r\nOi,Um\r\noi,Dois\r\nOí,Três\r\n")
    assert "Row 3 · /oi Row 2 has the same shortcut. Row 4 · /Oí Row 2 has the same shortcut." in text_of(shown)
    confirm(pages, shown)
    assert texts() == {"Oi": "Um"}


def test_what_a_file_replaces_is_said_before(desk: Desk, pages: Pages) -> None:
    own = [QuickText("oi", "Before"), QuickText("tchau", "Tchau")]
    operations.add_quick_messages(desk.project, own, by=desk.by(), user=desk.administrator)
    shown = upload(pages, "shortcut,text\nOi,After\ntchau,Tchau\nnovo,Novo\n")
    said = text_of(shown)
    assert "1 message gets another text /Oi Before: /oi · Before After: After" in said
    assert "1 message is new /novo Novo" in said
    assert "1 message is there already as it is." in said
    assert texts() == {"oi": "Before", "tchau": "Tchau"}
    confirm(pages, shown)
    assert texts() == {"Oi": "After", "tchau": "Tchau", "novo": "Novo"}


def test_columns_without_known_names_are_asked_for_first(desk: Desk, pages: Pages) -> None:
    content = "Oi tudo bem,oi,x\nTchau,tchau,y\n"
    asked = upload(pages, content)
    assert "Columns" in text_of(asked)
    assert "What the file changes" not in text_of(asked)
    assert re.search(r"Row A: Oi tudo bem B: oi C: x 1 Oi tudo bem oi x 2 Tchau tchau y", text_of(asked))
    chosen = {"shortcut": "1", "text": "0", "has_heading": ""}
    shown = pages.post("sectors:quick_import", **{**fields_of(asked.content.decode()), **chosen})
    assert "2 messages are new /oi Oi tudo bem /tchau Tchau" in text_of(shown)
    confirm(pages, shown, **chosen)
    assert texts() == {"oi": "Oi tudo bem", "tchau": "Tchau"}


def test_other_columns_than_those_shown_are_shown_first(desk: Desk, pages: Pages) -> None:
    shown = upload(pages, "shortcut,text,title\noi,Oi,saudacao\n")
    again = confirm(pages, shown, shortcut="2")
    assert (again.status_code, texts()) == (409, {})
    assert "Nothing was imported. This is not what was shown before" in text_of(again)
    assert "/saudacao" in text_of(again)
    assert confirm(pages, again, shortcut="2").status_code == 302
    assert texts() == {"saudacao": "Oi"}


def test_what_somebody_changed_meanwhile_is_not_replaced_unseen(desk: Desk, pages: Pages) -> None:
    shown = upload(pages, "shortcut,text\nhello,Ours\n", "sectors:sector_quick", desk.sector.pk)
    quick_message(desk, "hello", "Theirs")
    again = confirm(pages, shown, "sectors:sector_quick", desk.sector.pk)
    assert (again.status_code, texts()) == (409, {"hello": "Theirs"})
    assert "Before: Theirs After: Ours" in text_of(again)
    confirm(pages, again, "sectors:sector_quick", desk.sector.pk)
    assert texts() == {"hello": "Ours"}


def test_one_column_is_not_both(desk: Desk, pages: Pages) -> None:
    shown = upload(pages, "shortcut,text\noi,Oi\n")
    for wrong in ({"text": "0"}, {"text": "9"}, {"shortcut": ""}, {"shortcut": "x"}):
        assert confirm(pages, shown, **wrong).status_code == 422
    assert "Choose another column" in text_of(confirm(pages, shown, text="0"))
    assert texts() == {}


def test_a_form_that_was_cut_off_imports_nothing(desk: Desk, pages: Pages) -> None:
    fields = fields_of(upload(pages, "shortcut,text\noi,Oi\n").content.decode())
    del fields["whole"]
    answer = pages.post("sectors:quick_import", **fields, step="import")
    assert (answer.status_code, texts()) == (422, {})


def test_more_than_there_may_be_are_refused_before(desk: Desk, pages: Pages) -> None:
    many = "".join(f"s{n},text\n" for n in range(MAX_QUICK_MESSAGES + 1))
    shown = upload(pages, f"shortcut,text\n{many}")
    assert "There can be at most 500 quick messages." in text_of(shown)
    assert "There is nothing to import." in text_of(shown)
    assert confirm(pages, shown).status_code == 422
    assert texts() == {}


def test_what_is_exported_and_imported_again_is_the_same(desk: Desk, pages: Pages) -> None:
    stored = {"a": "=1+1", "b": "-dash\nand a line, with a comma", "c": '"quoted"; {{contact.name}}', "é": "+55"}
    messages = [QuickText(*each) for each in stored.items()]
    operations.add_quick_messages(desk.project, messages, by=desk.by(), user=desk.administrator)
    exported = b"".join(pages.get("sectors:quick_export").streaming_content)
    assert "4 messages are there already as they are." in text_of(upload(pages, exported))
    QuickMessage.objects.all().delete()
    assert imported(pages, exported) == stored
    shown = upload(pages, exported, "sectors:sector_quick", desk.sector.pk)
    confirm(pages, shown, "sectors:sector_quick", desk.sector.pk)
    assert QuickMessage.objects.filter(sector=desk.sector).count() == 4


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"shortcut\nx\n", b"x" * (3 * 1024 * 1024 + 1), b'shortcut,text\n"' + b"x" * 200_000,
     "é".encode("cp1252") * (2 * 1024 * 1024), b"a,b\n" * 10_001],
)  # fmt: skip
def test_what_is_no_table_is_refused(desk: Desk, pages: Pages, content: bytes) -> None:
    assert upload(pages, content).status_code == 422
    assert pages.post("sectors:quick_import").status_code == 422
    assert texts() == {}


@pytest.mark.parametrize("content", [b"shortcut,text\n", b"PK\x03\x04,\x00\n,\n"])
def test_what_gives_no_message_imports_nothing(desk: Desk, pages: Pages, content: bytes) -> None:
    shown = upload(pages, content)
    assert confirm(pages, shown).status_code in {409, 422}
    assert texts() == {}


@pytest.mark.parametrize("value", NASTY)
def test_nothing_sent_breaks_the_page(desk: Desk, pages: Pages, value: str) -> None:
    for field in ("content", "shortcut", "text", "fingerprint", "step"):
        data = {"content": "shortcut,text\noi,Oi", "shortcut": "0", "text": "1", "step": "import", "whole": "1"}
        assert pages.post("sectors:quick_import", **{**data, field: value}).status_code in {200, 409, 422}
    assert texts() == {}
