"""A database for benchmarks: an embedded Postgres in a temporary folder, as in `make run`.

Use ``with database():`` before importing anything that needs Django. If DATABASE_URL is set, that database is used
instead; the benchmark creates an organization there and leaves it.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path


@contextmanager
def database(connections: int = 100) -> Iterator[None]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weni_chats.settings")
    os.environ.setdefault("WENI_TESTING", "1")
    os.environ.setdefault("SECRET_KEY", "only-for-benches-" * 4)
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    # Filling tables takes long.
    os.environ.setdefault("STATEMENT_TIMEOUT_MS", "0")
    if os.environ.get("DATABASE_URL"):
        _prepare()
        yield
        return
    from weni_chats.serving import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="weni-bench-"))
    folder.chmod(0o755)
    server = embedded_postgres.Server(folder, settings={"max_connections": str(connections)})
    try:
        server.start()
        os.environ["DATABASE_URL"] = embedded_postgres.url(folder)
        os.environ["WENI_DATA_DIR"] = str(folder / "data")
        _prepare()
        yield
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _prepare() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from tests import builders

    # Avoid name clashes with earlier runs on an existing database.
    builders._NUMBERS = count(int(time.time()))


def machine() -> str:
    """Return what the figures were measured on: processors, memory and load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GiB, load before {os.getloadavg()[0]:.1f}"
