"""Names and other texts: what of them is kept, and in the database one way to compare, find and sort them.

Two texts are equal if they differ only in case, accents, blanks, invisible marks, or in which of several forms of
Unicode a letter or digit has (``weni_fold``). Whatever searches asks ``holds_words`` or ``holds_text``; whatever
sorts names asks ``by_name``.
"""

import unicodedata
from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any, TypeVar

from django.db import connection
from django.db.migrations import RunSQL
from django.db.models import CharField, F, Func, Q, QuerySet, Value
from django.db.models.lookups import Contains

from core.triggers import Function

Rows = TypeVar("Rows", bound=QuerySet[Any])

#: Of a search text, so many words are looked for.
MAX_WORDS = 10

#: Digits of other scripts, in tens: Arabic, Persian, Devanagari, Bengali.
_DIGITS = "".join(chr(zero + n) for zero in (0x0660, 0x06F0, 0x0966, 0x09E6) for n in range(10))
#: Soft hyphen, zero-width and direction marks, variation selectors.
_INVISIBLE = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
#: All of these, and the sigma at the end of words, as a class of a regular expression.
_RARE = (
    r"\u00ad\u03c2\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff"
)


def _sql(text: str) -> str:
    """Return characters for a string of SQL that is written with E''."""
    return "".join(rf"\u{ord(char):04x}" for char in text)


# In PL/pgSQL, which is three times as fast as SQL here: most texts need neither of the two expensive steps. What is
# not ASCII alone is decomposed first, so that whichever form a letter came in, its accent is one that unaccent knows.
FOLD = Function(
    "weni_fold(text)",
    rf"""
DECLARE folded text := $1;
BEGIN
  IF octet_length(folded) <> length(folded) THEN
    folded := normalize(folded, NFKD);
    IF folded ~ E'[{_RARE}]' THEN
      folded := translate(
        folded, E'\u03c2{_sql(_DIGITS)}{_sql(_INVISIBLE)}', E'\u03c3{"0123456789" * (len(_DIGITS) // 10)}'
      );
    END IF;
  END IF;
  folded := lower(public.unaccent('public.unaccent'::regdictionary, folded));
  IF folded ~ '\s\s|[^\S ]' THEN
    folded := regexp_replace(folded, '\s+', ' ', 'g');
  END IF;
  RETURN btrim(folded);
END
""",
    returns="text",
    language="plpgsql IMMUTABLE PARALLEL SAFE STRICT",
)


def refold(table: str, column: str, index: str, *, within: str, most: int) -> list[RunSQL]:
    """Return the operations of a migration that build a unique index on a folded column anew, after ``FOLD`` changed.

    Rows of one place (``within``: its columns) that have become equal are told apart by a number after the later
    ones. ``most``: the column's length.
    """
    tell_apart = f"""
        UPDATE {table} t SET {column} = left(t.{column}, {most - 5}) || '-' || same.n
        FROM (SELECT id, row_number() OVER (PARTITION BY {within}, weni_fold({column}) ORDER BY id) AS n FROM {table})
          AS same
        WHERE same.id = t.id AND same.n > 1;
        SET CONSTRAINTS ALL IMMEDIATE;
    """
    return [RunSQL(tell_apart, RunSQL.noop), RunSQL(f"REINDEX INDEX {index};", RunSQL.noop)]


class Fold(Func):
    """SQL ``weni_fold(text)``: what names and texts are compared, found and sorted by.

    Immutable (it names its dictionary), so it can be used in unique indexes.
    """

    function = "weni_fold"
    output_field: Any = CharField()


class FoldedTogether(Func):
    """SQL ``weni_fold`` of several columns joined by spaces, to search them all with one index."""

    function = "weni_fold"
    arg_joiner = " || ' ' || "
    output_field: Any = CharField()


class Digits(Func):
    """SQL: the digits of a text."""

    function = "regexp_replace"
    template = r"%(function)s(%(expressions)s, '\D', '', 'g')"
    output_field: Any = CharField()


def words_of(text: str) -> list[str]:
    """Return the words of a search text, at most ``MAX_WORDS``."""
    return text.replace("\x00", "").split()[:MAX_WORDS]


def holds_text(column: str | Func, text: str) -> Q:
    """Return the condition that a column, folded, contains the text, folded.

    A ``column`` that is folded by its expression (``Fold``, ``FoldedTogether``) is taken as it is.
    """
    folded = Fold(column) if isinstance(column, str) else column
    return Q(Contains(folded, Fold(Value(text.replace("\x00", "")))))


def holds_words(text: str, *columns: str | Func) -> Q:
    """Return the condition that every word of the text, in any order, is in one of the columns."""
    words = (reduce(or_, (holds_text(column, word) for column in columns)) for word in words_of(text))
    return reduce(and_, words, Q())


def search_by_name(rows: Rows, text: str) -> Rows:
    """Return the rows whose ``name`` contains every word of the text."""
    return rows.filter(holds_words(text, "name"))


def by_name(path: str = "name") -> tuple[Any, ...]:
    """Return what rows are ordered by to stand by name: the name folded, the name, the id.

    ``path``: the lookup path from the rows to the name, such as ``sector__name``. As arguments of ``order_by``.
    """
    relation = path.rpartition("__")[0]
    return (Fold(path), F(path), F(f"{relation}__pk" if relation else "pk"))


def folded(names: Sequence[str]) -> list[str]:
    """Return the names as ``Fold`` returns them, in order; computed by the database, so that both always agree."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT weni_fold(name) FROM unnest(%s::text[]) WITH ORDINALITY AS given(name, n) ORDER BY n",
            [[name.replace("\x00", "") for name in names]],
        )
        return [row[0] for row in cursor.fetchall()]


def matches(text: str, names: Sequence[str]) -> list[bool]:
    """Return of each name whether it contains every word of the text, as ``holds_words`` finds it. One query."""
    words = words_of(text)
    found = folded([*words, *names])
    words, names = found[: len(words)], found[len(words) :]
    return [all(word in name for word in words) for name in names]


def plain(text: str) -> str:
    """Return a typed number, address or id without what only its way here put in: full-width and other forms of
    letters and digits, invisible marks, blanks around it."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char, char)) for char in text).strip()


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
