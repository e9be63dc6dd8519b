"""The migrated database of which all databases of a run are copies: made once, while tests are still collected.

``tests.postgres`` starts it (``python -m tests.template``) on the suite's own server; where DATABASE_URL is given,
each database is migrated by itself.
"""

import os
import subprocess
import sys
import time

import psycopg

#: In the environment of workers, where there is one.
VARIABLE = "WENI_TEST_TEMPLATE"
_NAME, _UNFINISHED = "weni_template", "weni_template_unfinished"


def start() -> subprocess.Popen:
    """Begin to make it on the server of DATABASE_URL."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_UNFINISHED}")
    os.environ[VARIABLE] = _NAME
    return subprocess.Popen([sys.executable, "-m", "tests.template"])


def name() -> str | None:
    """Wait until it is made, and return its name; None where there is none."""
    if VARIABLE not in os.environ:
        return None
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        while True:
            found = {one for (one,) in connection.execute("SELECT datname FROM pg_database")}
            if _NAME in found:
                return _NAME
            if _UNFINISHED not in found:
                # It failed: whoever migrates will be told why.
                return None
            time.sleep(0.05)


def main() -> None:
    """Make it; it has its name when it is ready."""
    server = os.environ["DATABASE_URL"]
    os.environ["DATABASE_URL"] = f"{server.rsplit('/', 1)[0]}/{_UNFINISHED}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weni_chats.settings")
    last = f"DROP DATABASE {_UNFINISHED}"
    try:
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        connections.close_all()
        last = f"ALTER DATABASE {_UNFINISHED} RENAME TO {_NAME}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(last)


if __name__ == "__main__":
    main()
