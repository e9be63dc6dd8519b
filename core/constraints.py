"""Constraints beyond Django's own: foreign keys of several columns, and rules checked at the end of a transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models


class CompositeForeignKey(models.BaseConstraint):
    """Fields that together name a row of another table: what belongs to a ticket's project belongs to the ticket's.

    ``to`` is the other model ("app.Model"), which has a unique constraint over its ``to_fields``. Rows with a null
    in one of ``fields`` are not asked. The database checks with each statement, forms don't.
    """

    def __init__(self, *, fields: Sequence[str], to: str, to_fields: Sequence[str], name: str) -> None:
        super().__init__(name=name)
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """The constraint as part of CREATE TABLE."""
        quote = schema_editor.quote_name
        other = model._meta.apps.get_model(self.to)

        def columns(of: Any, names: Sequence[str]) -> str:
            return ", ".join(quote(of._meta.get_field(name).column) for name in names)

        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({columns(model, self.fields)})"
            f" REFERENCES {quote(other._meta.db_table)} ({columns(other, self.to_fields)})"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """The statement that adds the constraint to a table."""
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """The statement that takes the constraint away."""
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Leave it to the database."""

    def deconstruct(self) -> Any:
        """The constraint as migrations keep it."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "fields": self.fields, "to": self.to, "to_fields": self.to_fields}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompositeForeignKey):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    __hash__ = None  # type: ignore[assignment]


def check_deferred(name: str) -> None:
    """Run a deferred constraint trigger now, so that its refusal is raised where it can get a sentence.

    ``name`` is the trigger's; never from outside.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'SET CONSTRAINTS "{name}" IMMEDIATE')
        cursor.execute(f'SET CONSTRAINTS "{name}" DEFERRED')
