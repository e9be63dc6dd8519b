"""One word for one thing, in each language: docs/design.md, *Words*."""

import re

import polib
import pytest

from weni_chats.translations.catalogues import po_path

# The word of the product, in Spanish and Brazilian Portuguese.
TERMS = {
    "Organizations": ("Organizaciones", "Organizações"),
    "Project": ("Proyecto", "Projeto"),
    "Sector": ("Sector", "Setor"),
    "Queue": ("Cola", "Fila"),
    "Agent": ("Agente", "Agente"),
    "manager": ("gerente", "gerente"),
    "managers": ("gerentes de atención", "gerentes de atendimento"),
    "Moderator": ("Moderador", "Moderador"),
    "Human attendance": ("Atención humana", "Atendimento humano"),
    "Viewer": ("Visualizador", "Visualizador"),
    "Tag": ("Etiqueta", "Tag"),
    "Work hours": ("Jornada laboral", "Jornada de trabalho"),
    "Limit of simultaneous tickets per agent": (
        "Límite de atenciones simultáneas por agente",
        "Limite de atendimentos simultâneos por agente",
    ),
    "Active messages": ("Mensajes activos", "Mensagens ativas"),
    "Quick messages": ("Mensajes rápidos", "Mensagens rápidas"),
    "Close the ticket": ("Cerrar el ticket", "Encerrar o ticket"),
    "Transfer": ("Transferir", "Transferir"),
    "Take": ("Tomar", "Pegar"),
    "Take over": ("Asumir", "Assumir"),
    "History": ("Historial", "Histórico"),
    "Dashboard": ("Panel", "Painel"),
    "Online": ("En línea", "Online"),
    "Offline": ("Desconectado", "Offline"),
    "Role": ("Rol", "Função"),
    "Add": ("Agregar", "Adicionar"),
}

# What was said instead of a term of the glossary, and must not come back.
FORBIDDEN = {
    "en": {
        r"\bemails?\b": "e-mail",
        r"\broles? of attending\b|\brules of attending\b": "service rules",
        r"\bhand(s|ed)? (it|them|the ticket) on\b": "transfer",
        r"\battends to this ticket\b": "has this ticket",
        r"\bclerks?\b": "agent",
        r"\bcustomers?\b": "contact",
        r"\bset-ups?\b": "setup",
        r"\bo(n|ff)-line\b": "online, offline",
        r"\blog ?in\b": "sign in",
        r"\bmend\b": "correct",
        r"\bby letter\b|\ba letter (is|was|with)\b": "e-mail",
    },
    "es": {
        r"\bgestor(es)?\b": "gerente",
        r"\bobservador(es)?\b": "Visualizador",
        r"\bañad\w*": "agregar",
        r"\bfilas?\b": "cola",
        r"\bhorarios? de atención\b": "jornada laboral",
        r"\bfuera de línea\b": "desconectado",
        r"\bescritorio de atención\b": "escritorio",
        r"\bust(ed|edes)\b": "tú",
        r"[“”]": "« »",
        r"\bcaduc\w*": "vencer",
        r"\bpetici(ón|ones)\b": "solicitud",
        r"\bcarta\b": "correo",
    },
    "pt_BR": {
        r"\batendentes?\b": "agente",
        r"\bpap(el|éis)\b": "função",
        r"\bo(n|ff)-line\b": "online, offline",
        r"\bgestor(es)?\b": "gerente",
        r"\betiquetas?\b": "tag",
        r"\bhorários? de atendimento\b": "jornada de trabalho",
        r"\bpassos? (de|do) (login|entrada)\b|\bsegundo passo\b|\bdois passos\b": "etapa",
        r"\bcarta\b": "e-mail",
        r"\blotad\w*": "no limite",
        r"\bencaminhe\b": "transferir",
        r"\bfech\w+ (o|os|um|%\(n\)s) tickets?\b": "encerrar",
    },
}


def _catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(po_path(language)))


def _texts(entry: polib.POEntry, language: str = "") -> list[str]:
    """Return what is said, without the names of variables."""
    said = [entry.msgid, entry.msgid_plural] if language == "en" else [entry.msgstr, *entry.msgstr_plural.values()]
    return [re.sub(r"%\(\w+\)[sd]|\{\w*\}|<[^>]*>", "", text) for text in said]


def _is_of_a_table(entry: polib.POEntry, better: str) -> bool:
    """Whether *fila* is the row of a table, of which the English speaks."""
    return better == "cola" and re.search(r"\brows?\b", entry.msgid, re.IGNORECASE) is not None


@pytest.mark.parametrize(("language", "place"), [("es", 0), ("pt_BR", 1)])
def test_each_term_has_its_word(language: str, place: int) -> None:
    catalogue = _catalogue(language)
    found = {term: catalogue.find(term, msgctxt=None) for term in TERMS}

    assert [term for term, entry in found.items() if entry is None] == []
    said = {term: entry.msgstr for term, entry in found.items() if entry is not None}
    assert said == {term: words[place] for term, words in TERMS.items()}


@pytest.mark.parametrize("language", FORBIDDEN)
def test_no_other_word_for_a_term(language: str) -> None:
    wrong = [
        f"{entry.msgid!r}: {text!r} (say: {better})"
        for entry in _catalogue("es" if language == "en" else language)
        for text in _texts(entry, language)
        for pattern, better in FORBIDDEN[language].items()
        if re.search(pattern, text, re.IGNORECASE) and not _is_of_a_table(entry, better)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("language", "limit"), [("es", r"atenciones simultáneas"), ("pt_BR", r"atendimentos simultâneos")]
)
def test_a_ticket_is_a_ticket_but_in_the_name_of_the_limit(language: str, limit: str) -> None:
    other = re.compile(
        r"\b(el|la|las|los|o|os|una?|um|de la|das|del|do|dos) (atenci(ón|ones)|atendimentos?)\b", re.IGNORECASE
    )
    wrong = [
        (entry.msgid, text)
        for entry in _catalogue(language)
        if re.search(r"\btickets?\b", entry.msgid, re.IGNORECASE)
        for text in _texts(entry)
        if other.search(text) and not re.search(limit, text) and "tela de atendimento" not in text
    ]

    assert wrong == []
