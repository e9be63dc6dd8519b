"""A change of the database's schema is one that is seen: the whole of it stands beside this file."""

import os
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core.constraints import CompositeForeignKey

from .dump import schema

KEPT = Path(__file__).with_name("schema.txt")


@pytest.mark.django_db
def test_the_migrations_make_the_schema_that_is_written_down() -> None:
    found = schema()
    if os.environ.get("RENEW_SCHEMA"):
        KEPT.write_text(found)
    assert found == KEPT.read_text(), "The schema has changed; if it should, commit what `make schema` writes."


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_rules_are_taken_away_and_installed_again() -> None:
    back = MigrationExecutor(connection)
    back.migrate(
        [("tickets", "0002_conversations"), *((app, "0001_initial") for app in ("tags", "queues", "sectors", "orgs"))]
    )
    without = schema()
    assert "TRIGGER" not in without
    assert "RETURNS trigger" not in without
    assert "token_sector_of_project" not in without
    forward = MigrationExecutor(connection)
    forward.migrate(forward.loader.graph.leaf_nodes())
    assert schema() == KEPT.read_text()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE tickets_ticket ADD note text",
        "ALTER TABLE tickets_ticket ALTER protocol TYPE varchar(65)",
        "ALTER TABLE tickets_ticket ALTER protocol DROP NOT NULL",
        "ALTER TABLE tickets_ticket ALTER protocol SET DEFAULT ''",
        "ALTER TABLE tickets_ticket DROP CONSTRAINT ticket_status_known",
        "ALTER TABLE tickets_ticket DROP CONSTRAINT ticket_queue_of_sector",
        "ALTER TABLE tickets_ticket DISABLE TRIGGER ticket_closed_is_final",
        "ALTER TRIGGER ticket_closed_is_final ON tickets_ticket RENAME TO ticket_closed",
        "ALTER TABLE tickets_presence SET UNLOGGED",
        "DROP INDEX ticket_line",
        "DROP INDEX ticket_seat_taken_once",
        "CREATE INDEX ON tickets_ticket (protocol)",
        "CREATE OR REPLACE FUNCTION weni_fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
        "CREATE VIEW tickets_open AS SELECT * FROM tickets_ticket WHERE status <> 'closed'",
        "CREATE TYPE ticket_mood AS ENUM ('good', 'bad')",
        "CREATE SEQUENCE tickets_protocol",
        "CREATE EXTENSION citext",
    ],
)
@pytest.mark.django_db
def test_every_kind_of_change_shows(change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert schema() != KEPT.read_text()


@pytest.mark.django_db
def test_a_foreign_key_of_several_columns_is_removed_and_added() -> None:
    keys = [
        (model, constraint)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CompositeForeignKey)
    ]
    assert keys
    with connection.schema_editor() as editor:
        for model, key in keys:
            editor.remove_constraint(model, key)
    without = schema().splitlines()
    assert len(without) == len(KEPT.read_text().splitlines()) - len(keys)
    with connection.schema_editor() as editor:
        for model, key in keys:
            editor.add_constraint(model, key.clone())
    assert schema() == KEPT.read_text()
