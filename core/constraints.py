"""Constraints Django lacks: composite foreign keys, and early checks of deferred rules."""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models


class CompositeForeignKey(models.BaseConstraint):
    """A foreign key over several columns, such as (project, sector): ties a row to another of the same project.

    ``to`` is the other model ("app.Model"), which needs a unique constraint over its ``to_fields``. Rows with a null
    in one of ``fields`` are not checked. Enforced by the database only, not by form validation.

    ``cascades``: a change of the referenced columns is followed by ``fields``, which so stay a copy of them.
    """

    def __init__(
        self, *, fields: Sequence[str], to: str, to_fields: Sequence[str], name: str, cascades: bool = False
    ) -> None:
        super().__init__(name=name)
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)
        self.cascades = cascades

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        other = model._meta.apps.get_model(self.to)

        def columns(of: Any, names: Sequence[str]) -> str:
            return ", ".join(quote(of._meta.get_field(name).column) for name in names)

        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({columns(model, self.fields)})"
            f" REFERENCES {quote(other._meta.db_table)} ({columns(other, self.to_fields)})"
            f"{' ON UPDATE CASCADE' * self.cascades}"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Do nothing: the database checks."""

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"fields": self.fields, "to": self.to, "to_fields": self.to_fields}
        return path, args, kwargs | ({"cascades": True} if self.cascades else {})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompositeForeignKey):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    __hash__ = None  # type: ignore[assignment]


def check_deferred(name: str) -> None:
    """Run a deferred constraint trigger now, so that a violation is raised where it can be handled.

    ``name`` is the trigger's name and goes into the SQL: never pass user input.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'SET CONSTRAINTS "{name}" IMMEDIATE')
        cursor.execute(f'SET CONSTRAINTS "{name}" DEFERRED')
