"""Publishing events: collected during a transaction, sent together after the commit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID
from weakref import WeakValueDictionary

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from . import topics as kinds
from . import wire
from .transport import get_transport

#: Kinds reserved for the stream itself.
RESERVED_KINDS = frozenset({"ready", "gone", "beat", "state"})

_KIND = re.compile(r"[a-z][a-z_]{0,39}")
_TOPIC = re.compile(r"[A-Za-z0-9_:.-]{1,200}")
_ID = re.compile(r"[A-Za-z0-9_:.-]{1,64}")
_NUMBER = count()
#: Attribute of a database connection that holds its pending events.
_BATCH = "_live_batch"


@dataclass(eq=False)
class _Pending:
    """An event that waits for its transaction to commit."""

    event: wire.Event
    using: str
    batch: "_Batch" = field(repr=False)
    number: int = field(default_factory=lambda: next(_NUMBER))

    def committed(self) -> None:
        """Send the whole batch: the first event of a transaction sends the others too."""
        if self.number in self.batch:
            pending = [self.batch[number] for number in sorted(self.batch)]
            self.batch.clear()
            events = wire.merged(one.event for one in pending)
            transport = get_transport()
            transport.publish(wire.encode(events, transport.limit), self.using)


_Batch = WeakValueDictionary[int, _Pending]


def publish(topics: Iterable[str], kind: str, *, using: str = DEFAULT_DB_ALIAS, **ids: str | UUID) -> None:
    """Tell the streams subscribed to any of ``topics`` that something of ``kind`` happened.

    Inside a transaction the event waits for the commit. All events of the transaction are sent together, without
    duplicates; a rollback (of a savepoint too) drops its events. Outside a transaction it is sent at once. A failure
    to send is logged and not raised: the change is already committed, and pages catch up at the next event or
    reconnection. A stream subscribed to several of the topics receives the event once.

    Args:
        topics: who needs to know, such as ``queue:<id>``; if empty, nothing is sent. Each must be of a declared
            kind (``live.topics``).
        kind: lower-case word of at most 40 characters, such as ``ticket`` or ``message``. ``access`` and
            ``revoked`` also make the streams re-check their permissions.
        using: alias of the database whose transaction to wait for.
        ids: names and ids of what changed, such as ``ticket=ticket.pk``. Never content: it would reach everybody
            on the topic unchecked, so values that do not look like ids are rejected.

    Raises:
        ValueError: an argument is malformed.
        TransactionManagementError: autocommit is off outside a transaction block.
    """
    event = _event(topics, kind, ids)
    if not event.topics:
        return
    batch = _batch_of(connections[using])
    pending = _Pending(event, using, batch)
    batch[pending.number] = pending
    transaction.on_commit(pending.committed, using=using, robust=True)


def _event(topics: Iterable[str], kind: str, ids: dict[str, str | UUID]) -> wire.Event:
    if isinstance(topics, str):
        raise ValueError("topics must be a collection, not a string")
    wanted = frozenset(topics)
    for topic in wanted:
        if not _TOPIC.fullmatch(topic):
            raise ValueError(f"invalid topic: {topic!r}")
        if kinds.kind_of(topic) not in kinds.KINDS:
            raise ValueError(f"no rule says who may follow {topic!r}")
    if not _KIND.fullmatch(kind) or kind in RESERVED_KINDS:
        raise ValueError(f"invalid kind of event: {kind!r}")
    named = {name: str(value) for name, value in ids.items()}
    for name, value in named.items():
        if not _ID.fullmatch(value) or len(name) > 40:
            raise ValueError(f"invalid id: {name}={value!r}")
    if len(named) > 8:
        raise ValueError("an event carries at most eight ids")
    return wire.Event(wanted, kind, tuple(sorted(named.items())))


def _batch_of(connection: BaseDatabaseWrapper) -> _Batch:
    """Return the events pending on the connection (which belongs to one thread).

    The batch holds weak references. An event is kept alive by its on_commit hook; Django drops the hooks of a
    rolled-back savepoint or transaction, and the events disappear with them.
    """
    batch: _Batch | None = getattr(connection, _BATCH, None)
    if batch is None:
        batch = WeakValueDictionary()
        setattr(connection, _BATCH, batch)
    return batch
