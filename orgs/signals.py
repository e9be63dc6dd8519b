"""Signals for apps above (docs/rules.md, Ending access)."""

from django.dispatch import Signal

#: A person lost access to Chats in a project. Sent inside the transaction, with ``user``, ``project``, ``actor``.
access_ended = Signal()

#: Users' permissions in some project have changed, without the loss of access to Chats altogether.
#: Sent inside the transaction, with ``user_ids``.
rights_changed = Signal()
