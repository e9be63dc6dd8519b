"""Text in the database: names that differ only in case or accents are equal."""

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
