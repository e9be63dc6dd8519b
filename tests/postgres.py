"""The suite's Postgres: loaded by ``-p tests.postgres`` before Django reads its settings.

One embedded server for the whole run, made in a temporary folder by the process that starts the workers and told
to them through DATABASE_URL; a DATABASE_URL of the environment is used instead. Each worker has a database of its
own in it.
"""

import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("WENI_TESTING", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)

_server = None
_folder = None

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "400",
}


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _start_database() -> None:
    global _server, _folder
    if _is_worker() or os.environ.get("DATABASE_URL"):
        return
    from weni_chats import embedded

    _folder = Path(tempfile.mkdtemp(prefix="weni-tests-"))
    # Whoever root drops to must reach it; what is inside is closed to others.
    _folder.chmod(0o755)
    _server = embedded.Server(_folder, settings=_FAST)
    _server.start()
    os.environ["DATABASE_URL"] = embedded.url(_folder)
    os.environ["WENI_DATA_DIR"] = str(_folder / "data")


_start_database()


def pytest_unconfigure() -> None:
    """Stop the server and remove its folder, at the end of the process that started it."""
    if _server is not None:
        _server.stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
