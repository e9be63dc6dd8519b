"""Names and other short texts: what of them is kept, and, in the database, equal if they differ only in case or
accents."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import CharField, Func, QuerySet, Value

from core.triggers import Function

FOLD = Function(
    "weni_fold(text)",
    r"""
  SELECT lower(public.unaccent('public.unaccent'::regdictionary,
                               btrim(regexp_replace($1, '\s+', ' ', 'g'))))
""",
    returns="text",
    language="sql IMMUTABLE PARALLEL SAFE STRICT",
)


class Fold(Func):
    """SQL ``weni_fold(text)``: lower case, no accents, whitespace trimmed and collapsed.

    Immutable (it names its dictionary), so it can be used in unique indexes.
    """

    function = "weni_fold"
    output_field: Any = CharField()


class FoldedTogether(Func):
    """SQL ``weni_fold`` of several columns joined by spaces, to search them all with one index."""

    function = "weni_fold"
    arg_joiner = " || ' ' || "
    output_field: Any = CharField()


def search_by_name(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return the rows whose ``name`` contains the text, ignoring case and accents."""
    return rows.alias(folded_name=Fold("name")).filter(folded_name__contains=Fold(Value(text)))


def folded(names: Sequence[str]) -> list[str]:
    """Return the names as ``Fold`` returns them, in order; computed by the database, so that both always agree."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT weni_fold(name) FROM unnest(%s::text[]) WITH ORDINALITY AS given(name, n) ORDER BY n",
            [list(names)],
        )
        return [row[0] for row in cursor.fetchall()]


#: Letters that look like a blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_JOINER, _NON_JOINER = "\u200d", "\u200c"
#: Signs of Arabic, Syriac and others that are of the category of what is not seen, and are.
_SIGNS = frozenset(
    [*map(chr, range(0x600, 0x606)), *"\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"],
)
#: From here on, scripts whose letters change with those beside them (Arabic, the scripts of India, …).
_JOINING = "\u0600"
_FLAG, _TAGS = "\U0001f3f4", ("\U000e0020", "\U000e007f")


def one_line(text: str) -> str:
    """Return a name or another short text as one line of what can be seen (docs/rules.md, Names).

    Left out is what changes the direction of the text around it or has no width; blanks and breaks become one blank.
    Joiners stay where scripts and emoji need them.
    """
    return " ".join(shown(text).split())


def shown(text: str) -> str:
    """Return a text without what is not seen; blanks and line breaks stay."""
    text = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    for at, char in enumerate(text):
        before = kept[-1] if kept else ""
        if char.isspace():
            kept.append(char)
        elif char in _BLANK:
            kept.append(" ")
        elif _is_shown(char, before, text[at + 1 : at + 2]):
            kept.append(char)
        elif unicodedata.category(char) == "Cc":
            kept.append(" ")
    # What stood between may have kept two apart that are one letter.
    return unicodedata.normalize("NFC", "".join(kept))


def _is_shown(char: str, before: str, after: str) -> bool:
    if char in {_JOINER, _NON_JOINER}:
        if not before or before.isspace():
            return False
        if _is_joining(before) and _is_joining(after):
            return True
        # Between emoji, and after a sign that would join the letter to the next one.
        return char == _JOINER and (
            unicodedata.category(after or " ") in {"So", "Sm"}
            or (_is_joining(before) and unicodedata.category(before)[0] == "M")
        )
    if _TAGS[0] <= char <= _TAGS[1]:
        return before == _FLAG or _TAGS[0] <= before <= _TAGS[1]
    category = unicodedata.category(char)
    if category == "Cf":
        return char in _SIGNS
    # Letters that this version of Unicode does not know yet are letters all the same.
    return category not in {"Cc", "Co", "Cs"} and not _is_no_letter(char)


def _is_joining(char: str) -> bool:
    return len(char) == 1 and char >= _JOINING and unicodedata.category(char)[0] in "LM"


def _is_no_letter(char: str) -> bool:
    code = ord(char)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
