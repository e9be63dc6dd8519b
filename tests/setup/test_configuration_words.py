"""Files are written in English, and understood in the program's other languages."""

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from setup.configuration import times, words
from setup.configuration.validate import check
from tags.models import Color

pytestmark = pytest.mark.django_db

DAYS = {
    "en": ["Monday", "tuesday", "WEDNESDAY", "thu", "Fri", "sat", "sun"],
    "es": ["lunes", "martes", "Miércoles", "miercoles", "jueves", "viernes", "sábado", "Sabado", "domingo"],
    "pt": [
        "segunda",
        "Segunda-feira",
        "terça",
        "terca-feira",
        "quarta",
        "quinta-feira",
        "sexta",
        "sábado",
        "domingo",
    ],
    "short": ["seg", "ter", "qua", "qui", "sex", "sáb", "dom", "lun", "mar", "mié", "jue", "vie"],
}
MEANT = {
    "en": [0, 1, 2, 3, 4, 5, 6],
    "es": [0, 1, 2, 2, 3, 4, 5, 5, 6],
    "pt": [0, 0, 1, 1, 2, 3, 4, 5, 6],
    "short": [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4],
}


@pytest.mark.parametrize("language", DAYS)
def test_weekdays(language: str) -> None:
    for word, day in zip(DAYS[language], MEANT[language], strict=True):
        assert words.meant(word, times.WEEKDAYS) == times.WEEKDAYS[day], word
        file = f"version: 1\nsectors:\n- name: S\n  queues: [Q]\n  hours: {{{word}: [08:00-12:00]}}\n"
        checked = check(file)
        assert not checked.problems
        assert checked.sectors[0].values["hours"] == [[[480, 720]] if n == day else [] for n in range(7)], word


@pytest.mark.parametrize(
    ("word", "day"),
    [("Montag", "monday"), ("lunez", "monday"), ("segundaa", "monday"), ("qinta", "thursday"), ("martess", "tuesday"),
     ("wensday", "wednesday"), ("dimanche", None), ("gestern", None)],
)  # fmt: skip
def test_a_wrong_weekday_is_refused_with_the_right_guess_or_the_list(word: str, day: str | None) -> None:
    [problem] = check(f"version: 1\nsectors:\n- name: S\n  queues: [Q]\n  hours: {{{word}: []}}\n").problems
    assert (f"Is “{day}” meant?" if day else "Known are: monday, tuesday") in problem.sentence


def test_a_file_in_other_words_is_the_same() -> None:
    english = check(
        "version: 1\nsectors:\n- name: S\n  time_zone: America/Sao_Paulo\n  always_open: no\n  limit: 3\n"
        "  queues:\n  - {name: Q, on_hold: true, agents: []}\n  tags:\n  - {name: T, color: red, description: D}\n"
        "  special_days:\n  - {date: 2026-12-25, yearly: true, name: N, hours: []}\n"
        "  automatic_messages: {opening: Hi, closing: Bye}\n"
    )
    portuguese = check(
        "versão: 1\nSetores:\n- Nome: S\n  fuso horário: America/Sao_Paulo\n  sempre-aberto: não\n  limite: 3\n"
        "  filas:\n  - {nome: Q, em espera: sim, agentes: []}\n  tags:\n  - {nome: T, cor: Vermelho, descrição: D}\n"
        "  dias especiais:\n  - {data: 2026-12-25, anual: verdadeiro, nome: N, horários: []}\n"
        "  mensagens automáticas: {abertura: Hi, encerramento: Bye}\n"
    )
    spanish = check(
        "versión: 1\nsectores:\n- nombre: S\n  zona horaria: America/Sao_Paulo\n  siempre_abierto: falso\n"
        "  límite: 3\n"
        "  colas:\n  - {nombre: Q, en_espera: sí, agentes: []}\n"
        "  etiquetas:\n  - {nombre: T, color: rojo, descripción: D}\n"
        "  días especiales:\n  - {fecha: 2026-12-25, anual: sí, nombre: N, horario: []}\n"
        "  mensajes automáticos: {apertura: Hi, cierre: Bye}\n"
    )

    def facts(checked):
        [sector] = checked.sectors
        parts = ([one.values for one in part or []] for part in (sector.queues, sector.tags))
        return [one.sentence for one in checked.problems], sector.values, *parts, sector.days

    assert facts(english)[0] == []
    assert facts(portuguese) == facts(english) == facts(spanish)


def test_a_key_in_two_words_stands_twice() -> None:
    file = "version: 1\nsectors:\n- name: S\n  queues: [Q]\n  hours: {monday: [],\n    lunes: [08:00-12:00]}\n"
    [problem] = check(file).problems
    assert (problem.line, "“monday” and “lunes” are the same key" in problem.sentence) == (6, True)


def test_no_word_means_two_things_in_one_place() -> None:
    places = [times.WEEKDAYS, tuple(value for value in Color.values if value), ("true", "false")]
    for group in places:
        forms = [form for word in group for form in (word, *words._OTHERS[word].split())]
        assert len(forms) == len(set(forms)), group
    assert set(words._OTHERS) >= {word for group in places for word in group}


@given(st.text(max_size=90))
def test_any_word_is_one_of_them_or_none(text: str) -> None:
    assert words.meant(text, times.WEEKDAYS) in {*times.WEEKDAYS, None}
    assert words.guess(text, times.WEEKDAYS) in {*times.WEEKDAYS, None}


def test_what_an_export_writes_means_itself_in_every_language() -> None:
    for language in ("en", "es", "pt-br"):
        with override_settings(LANGUAGE_CODE=language):
            for word in words._OTHERS:
                assert words.meant(word, list(words._OTHERS)) == word
