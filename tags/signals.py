"""Things that happen to tags and that apps above react to."""

from django.dispatch import Signal

#: A tag was merged: what carries ``source`` is to carry ``into`` instead. Sent inside the transaction that holds
#: the sector's lock.
tag_merged = Signal()
