"""Processes that end with their parent."""

import subprocess
import sys
import time

import psutil

from tests.serving import ROOT

_DEAF_CHILD = """
import os, signal, time
from weni_chats.serving import processes
signal.signal(signal.SIGTERM, signal.SIG_IGN)
processes.kill_after_grace(os.getppid(), patience=0.3)
print(os.getpid(), flush=True)
time.sleep(60)
"""

_PARENT = """
import sys, time
from weni_chats.serving import processes
processes.start([sys.executable, "-c", sys.argv[1]])
time.sleep(60)
"""


def test_a_child_that_is_deaf_to_its_signal_ends_with_its_parent_all_the_same() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, _DEAF_CHILD], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(1)
        assert child.is_running(), "it waits as long as its parent is there"
        parent.kill()
        _gone, alive = psutil.wait_procs([child], timeout=60)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
