"""Text of files in whatever encoding it was saved (docs/rules.md, Files that people bring)."""

import codecs

import pytest

from core.decoding import decode

TEXT = "Olá, Conceição! ¿Qué más? É “assim” – José"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
        TEXT.encode("mac_roman"),
    ],
)
def test_a_text_is_read_in_the_encoding_it_was_saved_in(raw: bytes) -> None:
    assert decode(raw) == TEXT


@pytest.mark.parametrize("word", ["Olá", "Proclamação da República", "señal", "JOÃO", "é", "Ñandú"])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_single_word_is_read_as_most_computers_save_it(word: str, encoding: str) -> None:
    assert decode(word.encode(encoding)) == word


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize(
    "text",
    [
        "Don’t worry — we’ll be back",
        "He said “hello” to them",
        "It’s 5 o’clock…",
        "we’re – you’ve “x”",
        "Páscoa – “feriado”",
        "“Olá” – não há previsão",
        "– um\n– dois",
        "Información del envío en 3 días",
        "l’eau n’est pas à côté",
        "¿Qué? ¡Hola!",
    ],
)
def test_quotation_marks_and_dashes_are_no_letters_of_another_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_text_of_an_old_spreadsheet_is_read() -> None:
    text = "Não há previsão, é só amanhã"
    assert decode(text.encode("cp850")) == text


def test_one_cut_letter_does_not_spoil_the_others() -> None:
    assert decode("Conceição".encode()[:-2]) == "Conceiç\ufffd"


def test_every_byte_is_read_as_something() -> None:
    assert len(decode(bytes(range(256)))) == 256
    assert decode(b"") == ""
