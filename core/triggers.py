"""Functions and triggers of the database, for rules that constraints of a model can't express.

Each stands once, in its app's ``triggers`` module, and the app's migrations install it. To change one, change it
there and add a migration that installs it again.
"""

from dataclasses import dataclass
from textwrap import dedent

from django.db.migrations import RunSQL


@dataclass(frozen=True)
class Function:
    """A function: its ``signature`` is the name with the types of its arguments; options follow the ``language``."""

    signature: str
    body: str
    returns: str
    language: str

    @property
    def create_sql(self) -> str:
        """The statements that install it, or the present version of it."""
        return (
            f"CREATE OR REPLACE FUNCTION {self.signature} RETURNS {self.returns} LANGUAGE {self.language}"
            f" AS $${self.body}$$;"
        )

    @property
    def drop_sql(self) -> str:
        """The statements that take it away."""
        return f"DROP FUNCTION {self.signature};"

    def install(self) -> RunSQL:
        """Return the operation of a migration."""
        return RunSQL(self.create_sql, self.drop_sql)


@dataclass(frozen=True)
class Trigger:
    """When a rule is checked: ``event`` of ``table``, such as AFTER INSERT, and only ``when`` that is true.

    ``deferred``: at the end of the transaction (``core.constraints.check_deferred`` asks by the trigger's name).
    """

    name: str
    table: str
    event: str
    when: str = ""
    deferred: bool = False
    each: str = "ROW"

    def create_sql(self, function: str) -> str:
        """The statements that let it call the function, whether it is there already or not."""
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
        """The statement that takes it away."""
        return f"DROP TRIGGER {self.name} ON {self.table};"


class Rule:
    """A function in PL/pgSQL that refuses what breaks a rule, and the triggers that call it.

    The name of the constraint it raises is the key of the sentence that people read (``constraint_says``).
    """

    def __init__(self, function: str, body: str, *triggers: Trigger) -> None:
        self.triggers = triggers
        self.function = Function(f"{function}()", dedent(body), returns="trigger", language="plpgsql")

    def install(self) -> RunSQL:
        """Return the operation of a migration."""
        create = [self.function.create_sql, *(each.create_sql(self.function.signature) for each in self.triggers)]
        drop = [*(each.drop_sql for each in self.triggers), self.function.drop_sql]
        return RunSQL("\n".join(create), "\n".join(drop))
