"""Child processes that end with their parent, however it ends."""

import ctypes
import multiprocessing
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent(signum: int, parent: int) -> None:
    """Ask the kernel to send this process ``signum`` when its parent (of pid ``parent``) exits. Linux only."""
    try:
        _libc().prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
    except (AttributeError, OSError):
        return
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


def kill_after_grace(parent: int, patience: float = 6.0) -> None:
    """Kill this process ``patience`` seconds after its parent (of pid ``parent``) exits, even if it is still working.

    A graceful shutdown may wait for something that ended with the parent, such as its database.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        time.sleep(patience)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def end_with_server() -> None:
    """In a server's worker process: exit when the server's main process does, even if that was killed.

    Otherwise the worker would keep the port, and respond without the rest of the program.
    """
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        die_with_parent(signal.SIGTERM, server.pid)
        kill_after_grace(server.pid)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _permitted(capability: int) -> bool:
    """Whether this process has a capability (by its number)."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return False
    held = next((int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:")), 0)
    return bool(held >> capability & 1)


def switch_user(user: pwd.struct_passwd, *, pass_folders: bool) -> None:
    """Switch from root to ``user`` permanently.

    ``pass_folders`` keeps the capability to traverse folders without permission (a checkout below /root), so that
    their modes needn't change. Containers often withhold the narrow one; then the wider one is kept.
    """
    libc = _libc()
    capability = _CAP_DAC_READ_SEARCH if _permitted(_CAP_DAC_READ_SEARCH) else _CAP_DAC_OVERRIDE
    if pass_folders:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if pass_folders:
        bit = 1 << capability
        header = _Header(_CAPABILITY_VERSION_3, 0)
        data = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
        libc.capset(ctypes.byref(header), ctypes.byref(data))
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def is_traversable(path: Path) -> bool:
    """Whether any user may traverse the folders down to ``path``."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.exists())


def before_exec(
    signum: int, user: pwd.struct_passwd | None = None, *, pass_folders: bool = False
) -> Callable[[], None]:
    """Return what a child runs between fork and exec: switch to ``user`` (if given), then tie itself to the parent.

    In this order, since switching users removes the tie.
    """
    parent = os.getpid()

    def prepare() -> None:
        if user is not None:
            switch_user(user, pass_folders=pass_folders)
        # Ctrl-C at the terminal is for the parent, which stops its children in the right order.
        os.setsid()
        die_with_parent(signum, parent)

    return prepare


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    signum: int = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen:
    """Start a child process that gets ``signum`` when this process exits, and inherits ``pass_fds``."""
    return subprocess.Popen(command, env=env, pass_fds=pass_fds, preexec_fn=before_exec(signum))  # noqa: PLW1509


def start_server(
    interface: Literal["asgi", "wsgi"],
    *,
    listen: Sequence[str],
    env: Mapping[str, str],
    workers: int = 1,
    options: Sequence[str] = (),
) -> subprocess.Popen:
    """Start granian with the program's application of that interface.

    ``listen`` are its arguments for the address, ``options`` further ones. A worker process that ends is replaced.
    """
    command = [
        *(sys.executable, "-m", "granian"),
        f"--interface={interface}",
        *listen,
        f"--workers={workers}",
        "--respawn-failed-workers",
        "--respawn-interval=0.2",
        "--workers-kill-timeout=8",
        "--no-ws",
        *options,
        f"weni_chats.{interface}:application",
    ]
    return start(command, env=env)


def stop(child: subprocess.Popen, *, patience: float = 10.0) -> None:
    """Stop a child process: terminate, wait up to ``patience`` seconds, then kill."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
