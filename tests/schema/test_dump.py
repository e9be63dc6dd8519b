"""A change of the database's schema is one that is seen: the whole of it stands beside this file."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command

from .dump import schema

KEPT = Path(__file__).with_name("schema.txt")


@pytest.mark.django_db
def test_the_migrations_make_the_schema_that_is_written_down() -> None:
    found = schema()
    if os.environ.get("RENEW_SCHEMA"):
        KEPT.write_text(found)
    assert found == KEPT.read_text(), (
        "The schema has changed. If that is meant: make schema, and commit what it writes."
    )


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
