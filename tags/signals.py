"""Signals of the tags app, for the apps above it."""

from django.dispatch import Signal

#: A tag was merged: whatever has ``source`` must get ``into`` instead. Sent inside the transaction that holds the
#: sector's lock.
tag_merged = Signal()
