"""Database functions and triggers, for rules that model constraints can't express.

Each is declared once, in its app's ``triggers`` module, and installed by the app's migrations. To change one, edit it
there and add a migration that installs it again.
"""

from dataclasses import dataclass
from textwrap import dedent

from django.db.migrations import RunSQL


@dataclass(frozen=True)
class Function:
    """A database function. ``signature`` is its name with argument types; options follow the ``language``."""

    signature: str
    body: str
    returns: str
    language: str

    @property
    def create_sql(self) -> str:
        """Return the SQL that creates or replaces the function."""
        return (
            f"CREATE OR REPLACE FUNCTION {self.signature} RETURNS {self.returns} LANGUAGE {self.language}"
            f" AS $${self.body}$$;"
        )

    @property
    def drop_sql(self) -> str:
        return f"DROP FUNCTION {self.signature};"

    def install(self) -> RunSQL:
        """Return the migration operation that installs it."""
        return RunSQL(self.create_sql, self.drop_sql)


@dataclass(frozen=True)
class Trigger:
    """When a rule is checked: ``event`` on ``table``, such as AFTER INSERT, if ``when`` is true.

    ``deferred``: at the end of the transaction (or earlier by ``core.constraints.check_deferred``).
    """

    name: str
    table: str
    event: str
    when: str = ""
    deferred: bool = False
    each: str = "ROW"

    def create_sql(self, function: str) -> str:
        """Return the SQL that creates or replaces the trigger on the function."""
        parts = [
            f"CREATE{' CONSTRAINT' * self.deferred} TRIGGER {self.name} {self.event} ON {self.table}",
            "DEFERRABLE INITIALLY DEFERRED" * self.deferred,
            f"FOR EACH {self.each}",
            f"WHEN ({self.when})" if self.when else "",
            f"EXECUTE FUNCTION {function};",
        ]
        return f"DROP TRIGGER IF EXISTS {self.name} ON {self.table};\n{' '.join(filter(None, parts))}"

    @property
    def drop_sql(self) -> str:
        return f"DROP TRIGGER {self.name} ON {self.table};"


class Rule:
    """A PL/pgSQL function that rejects violations of a rule, and the triggers that call it.

    The constraint name it raises is the key of the sentence that people read (``core.errors.register_constraint``).
    """

    def __init__(self, function: str, body: str, *triggers: Trigger) -> None:
        self.triggers = triggers
        self.function = Function(f"{function}()", dedent(body), returns="trigger", language="plpgsql")

    def install(self) -> RunSQL:
        """Return the migration operation that installs it."""
        create = [self.function.create_sql, *(each.create_sql(self.function.signature) for each in self.triggers)]
        drop = [*(each.drop_sql for each in self.triggers), self.function.drop_sql]
        return RunSQL("\n".join(create), "\n".join(drop))
