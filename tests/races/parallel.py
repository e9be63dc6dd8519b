"""Running things at once: one thread and one database connection each."""

import fcntl
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction

#: Longer than anything here takes; a thread still running then is stuck.
PATIENCE = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all at the same moment, each in a thread with its own connection.

    Returns, in order, what each returned, or the exception that it raised.
    """
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            results[index] = call()
        except BaseException as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, call), daemon=True) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(t.is_alive() for t in threads), "a thread is stuck"
    return results


def succeeded(results: Sequence[Any]) -> list[Any]:
    """Return the results, none of which may be an exception."""
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)


def commit_together(*writes: Callable[[], Any]) -> list[Any]:
    """Run the writes in transactions that overlap: each has written before any commits."""
    barrier = threading.Barrier(len(writes))

    def written(write: Callable[[], Any]) -> Callable[[], Any]:
        def call() -> Any:
            with transaction.atomic():
                result = write()
                barrier.wait(PATIENCE)
                return result

        return call

    return at_once(*map(written, writes))


@contextmanager
def alone() -> Iterator[None]:
    """Keep other test processes from holding as many connections at the same time."""
    path = Path(tempfile.gettempdir()) / "weni-chats-races.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
