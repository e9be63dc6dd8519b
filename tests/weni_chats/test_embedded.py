"""The embedded Postgres: starts anywhere, ends with its parent, says what is wrong."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.serving import ROOT
from weni_chats.serving import embedded_postgres

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that whoever root drops to may reach."""
    path = Path(tempfile.mkdtemp(prefix="weni embedded "))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def server_pid(folder: Path) -> int:
    return int((folder / "pg" / "postmaster.pid").read_text().split("\n")[0])


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < end, "Postgres outlived its parent"
        time.sleep(0.05)


def test_it_keeps_its_data_over_a_restart_in_a_path_with_spaces(folder: Path) -> None:
    data = folder / "my data"
    with embedded_postgres.Server(data) as server, psycopg.connect(server._dsn("weni")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with embedded_postgres.Server(data) as server, psycopg.connect(server._dsn("weni")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_it_listens_on_a_closed_socket_only(folder: Path) -> None:
    with embedded_postgres.Server(folder / "d") as server, psycopg.connect(server._dsn("weni")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert server.sockets.stat().st_mode & 0o777 == 0o700
        assert server.cluster.stat().st_mode & 0o777 == 0o700


def test_letters_with_accents_have_capitals(folder: Path) -> None:
    with embedded_postgres.Server(folder / "d") as server, psycopg.connect(server._dsn("weni")) as connection:
        assert connection.execute("SELECT upper('ñandú'), lower('ÇÉ')").fetchone() == ("ÑANDÚ", "çé")


def test_a_path_too_long_for_a_socket_works(folder: Path) -> None:
    data = folder / ("x" * 120)
    with embedded_postgres.Server(data) as server:
        assert server.is_answering()
        assert not str(server.sockets).startswith(str(data))


def test_a_second_start_on_the_same_data_is_refused_with_a_sentence(folder: Path) -> None:
    with (
        embedded_postgres.Server(folder / "d"),
        pytest.raises(embedded_postgres.AlreadyRunning, match="running already"),
    ):
        embedded_postgres.Server(folder / "d").start()


def test_a_command_uses_the_running_server_and_leaves_it_running(folder: Path) -> None:
    with embedded_postgres.Server(folder / "d") as server:
        assert embedded_postgres.ensure(folder / "d") is None
        assert server.is_answering()
    alone = embedded_postgres.ensure(folder / "d")
    assert alone is not None
    alone.stop()


def test_data_of_another_major_version_are_refused_with_a_sentence(folder: Path) -> None:
    with embedded_postgres.Server(folder / "d"):
        pass
    (folder / "d" / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded_postgres.EmbeddedError, match="were made by Postgres 9"):
        embedded_postgres.Server(folder / "d").start()


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    sockets = folder / "d" / "run"
    sockets.mkdir(parents=True)
    sockets.chmod(0o777)
    with pytest.raises(embedded_postgres.EmbeddedError, match="open to others"):
        embedded_postgres.Server(folder / "d").start()


def parent_killed(folder: Path) -> int:
    """Start the server in another process and kill that one; return the server's process id."""
    script = (
        "import sys, time; from pathlib import Path; from weni_chats.serving.embedded_postgres import Server\n"
        "Server(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    pid = server_pid(folder)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    return pid


def test_kill_9_of_the_parent_ends_it_cleanly(folder: Path) -> None:
    pid = parent_killed(folder / "d")
    wait_until_gone(pid)
    assert not (folder / "d" / "pg" / "postmaster.pid").exists()
    assert "database system is shut down" in (folder / "d" / "postgres.log").read_text()
    with embedded_postgres.Server(folder / "d") as server:
        assert server.is_answering()


def test_a_start_right_after_a_kill_9_waits_for_the_old_server(folder: Path) -> None:
    old = parent_killed(folder / "d")
    with embedded_postgres.Server(folder / "d") as server:
        assert server.is_answering()
        assert server_pid(folder / "d") != old


@needs_root
def test_root_drops_to_another_user_and_changes_no_folder_of_others(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with embedded_postgres.Server(closed / "d") as server:
        assert server.process is not None
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        uid = int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])
        assert pwd.getpwuid(uid).pw_name in {"postgres", "nobody"}
        assert closed.stat().st_mode & 0o777 == 0o700
        assert closed.stat().st_uid == 0
