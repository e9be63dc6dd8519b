"""Running things at once: one thread and one database connection each."""

import fcntl
import queue
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction

from tests.refusals import constraint_of

#: Longer than anything here takes; a thread still running then is stuck.
PATIENCE = 240

_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Crew:
    """Threads with a connection each, which are kept from one race to the next (connecting costs most)."""

    def __init__(self) -> None:
        self._hands: list[queue.SimpleQueue] = []
        self._threads: list[threading.Thread] = []

    def at_once(self, *calls: Callable[[], Any]) -> list[Any]:
        """Call all at the same moment, each in a thread with its own connection.

        Returns, in order, what each returned, or the exception that it raised.
        """
        while len(self._hands) < len(calls):
            self._hire()
        barrier, done = threading.Barrier(len(calls)), queue.SimpleQueue()
        for index, call in enumerate(calls):
            self._hands[index].put((index, call, barrier, done))
        results: list[Any] = [None] * len(calls)
        for _ in calls:
            index, result = done.get(timeout=PATIENCE)
            results[index] = result
        return results

    def _hire(self) -> None:
        work: queue.SimpleQueue = queue.SimpleQueue()
        self._hands.append(work)
        thread = threading.Thread(target=self._serve, args=(work,), daemon=True)
        self._threads.append(thread)
        thread.start()

    @staticmethod
    def _serve(work: queue.SimpleQueue) -> None:
        try:
            while (task := work.get()) is not None:
                index, call, barrier, done = task
                try:
                    connection.ensure_connection()
                    barrier.wait(PATIENCE)
                    result = call()
                except BaseException as error:
                    result = error
                done.put((index, result))
        finally:
            connection.close()

    def dismiss(self) -> None:
        """End the threads and their connections."""
        for work in self._hands:
            work.put(None)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._hands.clear()
        self._threads.clear()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """As ``Crew.at_once``, with threads for this once."""
    crew = Crew()
    try:
        return crew.at_once(*calls)
    finally:
        crew.dismiss()


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


def overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Run ``first``, then ``second`` before ``first`` is committed; the worst moment for most rules.

    ``second`` may finish in between or wait for a lock of ``first``; then ``first`` commits. Returns what each
    returned, or the exception that it raised.
    """
    written, over = threading.Event(), threading.Event()

    def holding() -> Any:
        try:
            with transaction.atomic():
                result = first()
                written.set()
                over.wait(0.4)
                return result
        finally:
            written.set()

    def following() -> Any:
        written.wait(PATIENCE)
        try:
            return second()
        finally:
            over.set()

    return at_once(holding, following)


def second_is_refused(constraint: str, first: Callable[[], Any], second: Callable[[], Any]) -> None:
    """Run two changes as ``overlapping``; the rule, otherwise checked at their ends, is checked at once, and the
    second breaks it: it isn't compared with what the first is about to change.
    """

    def checked(change: Callable[[], Any]) -> Callable[[], None]:
        def call() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                change()
                cursor.execute(f"SET CONSTRAINTS {connection.ops.quote_name(constraint)} IMMEDIATE")

        return call

    done, refusal = overlapping(checked(first), checked(second))
    assert done is None
    assert isinstance(refusal, IntegrityError)
    assert constraint_of(refusal) == constraint


def one_is_refused(constraint: str, *changes: Callable[[], Any]) -> None:
    """Run the changes as ``commit_together``; all but one succeed, which the rule refuses."""
    [refusal] = [result for result in commit_together(*changes) if isinstance(result, BaseException)]
    assert isinstance(refusal, IntegrityError)
    assert constraint_of(refusal) == constraint


def until_waiting(connections: int = 1) -> None:
    """Return once so many connections wait for locks."""
    end = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(_WAITS)
            if cursor.fetchone()[0] >= connections:
                return
            time.sleep(0.01)


@contextmanager
def alone() -> Iterator[None]:
    """Keep other test processes from holding as many connections at the same time."""
    path = Path(tempfile.gettempdir()) / "weni-chats-races.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
