"""The suite's Postgres: loaded by ``-p tests.postgres`` before Django reads its settings.

One embedded server for the whole run, made in a temporary folder by the process that starts the workers and told
to them through DATABASE_URL; a DATABASE_URL of the environment is used instead. Each worker has a database of its
own in it, a copy of one that is migrated once (``tests.template``).
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("WENI_TESTING", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)
# Only what hangs: beside others on a small machine a hundred thousand rows take their time.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "300000")

# The run starts dozens of processes from the same sources: compiled once, they are kept beside them.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""
sys.dont_write_bytecode = False

_server = None
_folder = None
_making_template = None

#: Nothing of it outlives the run. The tables are small, so plans are not worth compiling, and no copy is written of
#: what is written.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "max_connections": "400",
}


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _start_database() -> None:
    global _server, _folder, _making_template
    if _is_worker() or os.environ.get("DATABASE_URL"):
        return
    from weni_chats.serving import embedded_postgres

    _folder = Path(tempfile.mkdtemp(prefix="weni-tests-"))
    # Whoever root drops to must reach it; what is inside is closed to others.
    _folder.chmod(0o755)
    _server = embedded_postgres.Server(_folder, settings=_FAST)
    _server.start()
    os.environ["DATABASE_URL"] = embedded_postgres.url(_folder)
    os.environ["WENI_DATA_DIR"] = str(_folder / "data")
    if not {"--collect-only", "--co"} & {*sys.argv}:
        from tests import template

        _making_template = template.start()


_start_database()


def pytest_unconfigure() -> None:
    """Stop the server and remove its folder, at the end of the process that started it."""
    if _making_template is not None:
        _making_template.terminate()
        _making_template.wait()
    if _server is not None:
        _server.stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
