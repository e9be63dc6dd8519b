"""Things that happen to queues and that apps above react to."""

from django.dispatch import Signal

#: An agent's status changed, inside the transaction, with ``project``, ``user``, ``status``.
status_changed = Signal()
