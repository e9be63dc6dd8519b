"""Text in the database: names that are the same but for case and accents are the same name."""

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
    """SQL ``weni_fold(text)``: lower case, without accents, outer and repeated blanks removed.

    Immutable (its dictionary is named), so unique indexes can use it.
    """

    function = "weni_fold"
    output_field: Any = CharField()


class FoldedTogether(Func):
    """SQL ``weni_fold`` of several columns with a blank between them, for searching all of them with one index."""

    function = "weni_fold"
    arg_joiner = " || ' ' || "
    output_field: Any = CharField()


def search_by_name(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return the rows whose ``name`` holds the text, whatever case and accents."""
    return rows.alias(folded_name=Fold("name")).filter(folded_name__contains=Fold(Value(text)))


def folded(names: Sequence[str]) -> list[str]:
    """Return the names as ``Fold`` has them, in their order: asked of the database, so that both always agree."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT weni_fold(name) FROM unnest(%s::text[]) WITH ORDINALITY AS given(name, n) ORDER BY n",
            [list(names)],
        )
        return [row[0] for row in cursor.fetchall()]
