"""Writes rows with COPY, one transaction per chunk, in threads beside the simulation.

The only code besides the operations that writes these tables: the rows are history, nobody is notified of them, and
constraints and triggers check them like any other.
"""

import queue
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

from django.db import connection, transaction

from .rows import COLUMNS

#: Tickets per transaction: enough to amortize its cost, few enough for its deferred checks.
CHUNK = 5_000
#: Parallel writers, since most of the time is spent in the database's checks, on one core each. None: write in the
#: caller's thread and transaction.
WRITERS = 2
#: The table whose rows other chunks may refer to.
FIRST = "tickets_contact"

Tables = Mapping[str, Sequence[str]]


def write(tables: Tables) -> None:
    """Write rows in one transaction, table by table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL synchronous_commit = off")
        for table, columns in COLUMNS.items():
            rows = tables.get(table)
            if not rows:
                continue
            names = ", ".join(f'"{column}"' for column in columns.split())
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for i in range(0, len(rows), 2_000):
                    copy.write("".join(rows[i : i + 2_000]))


class Writer:
    """Writes chunks in threads while the simulation continues; an error is raised at the next put.

    Use as a context manager: leaving it waits for pending writes.
    """

    def __init__(self) -> None:
        self._chunks: queue.Queue[Tables | None] = queue.Queue(maxsize=1)
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"demo-writer-{n}", daemon=True) for n in range(WRITERS)
        ]

    def __enter__(self) -> "Writer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _thread in self._threads:
            self._chunks.put(None)
        for thread in self._threads:
            thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def put(self, tables: Tables) -> None:
        """Queue rows for writing; blocks while all writers are busy.

        Contacts are written at once, since tickets of other chunks may refer to them.
        """
        if self._failure is not None:
            raise self._failure
        write({FIRST: tables[FIRST]})
        others = {table: rows for table, rows in tables.items() if table != FIRST}
        if self._threads:
            self._chunks.put(others)
        else:
            write(others)

    def _work(self) -> None:
        try:
            while (tables := self._chunks.get()) is not None:
                if self._failure is None:
                    self._write(tables)
        finally:
            connection.close()

    def _write(self, tables: Tables) -> None:
        try:
            write(tables)
        except BaseException as error:
            self._failure = error
