"""Things that happen to queues and that apps above react to."""

from django.dispatch import Signal

#: An agent was taken off queues, inside the transaction, with ``user``, ``queue_ids``, ``actor``.
agent_removed = Signal()

#: An agent's status changed, inside the transaction, with ``project``, ``user``, ``status``.
status_changed = Signal()
