"""Things that happen to sectors and that apps above react to."""

from django.dispatch import Signal

#: Who may take tickets of these sectors has changed. Sent inside the transaction that holds their locks,
#: with ``sector_ids`` (a collection of UUID).
eligibility_changed = Signal()
