"""Signals of the sectors app, for the apps above it."""

from django.dispatch import Signal

#: The set of agents who can take these sectors' tickets has changed. Sent inside the transaction that holds the
#: sectors' locks, with ``sector_ids`` (a collection of UUID).
eligibility_changed = Signal()

#: A sector is about to be archived: its open tickets go ``to`` a queue of another sector, ``by`` an Actor. Sent with
#: ``sector`` inside the transaction that holds both sectors' locks.
sector_closing = Signal()
