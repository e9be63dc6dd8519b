"""Signals of the queues app, for the apps above it."""

from django.dispatch import Signal

#: An agent's status changed. Sent inside the transaction, with ``project``, ``user`` and the ``sector_ids`` of their
#: queues.
status_changed = Signal()

#: These queues are about to be archived: their open tickets go ``to`` another queue, ``by`` an Actor. Sent with
#: ``queues`` (a list of UUID) inside the transaction that holds the locks of both sides' sectors.
tickets_must_go = Signal()
