"""Text in the database: names that are the same but for case and accents are the same name."""

from typing import Any

from django.db.models import CharField, Func


class Fold(Func):
    """SQL ``weni_fold(text)``: lower case, without accents, outer and repeated blanks removed.

    Immutable (made by a migration over unaccent's dictionary), so unique indexes can use it.
    """

    function = "weni_fold"
    output_field: Any = CharField()
