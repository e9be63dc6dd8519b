"""Things that happen to sectors and that apps above react to."""

from django.dispatch import Signal

#: Who may take tickets of these sectors has changed. Sent inside the transaction that holds their locks,
#: with ``sector_ids`` (a collection of UUID).
eligibility_changed = Signal()

#: A sector is about to be archived: its open tickets go ``to`` a queue of another one, ``by`` an Actor. Sent with
#: ``sector`` inside the transaction that holds the locks of both.
sector_closing = Signal()
