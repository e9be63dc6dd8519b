"""Rules that the database checks at the end of a transaction."""

from django.db import connection


def check_deferred(name: str) -> None:
    """Run a deferred constraint trigger now, so that its refusal is raised where it can get a sentence.

    ``name`` is the trigger's; never from outside.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'SET CONSTRAINTS "{name}" IMMEDIATE')
        cursor.execute(f'SET CONSTRAINTS "{name}" DEFERRED')
