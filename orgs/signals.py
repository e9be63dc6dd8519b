"""Things that happen here and that apps above react to (docs/rules.md, Ending access)."""

from django.dispatch import Signal

#: A person lost access to Chats in a project. Sent inside the transaction, with ``user``, ``project``, ``actor``.
access_ended = Signal()

#: A person may see or do other things than before, in some project, without losing access to Chats altogether.
#: Sent inside the transaction, with ``user_ids``.
rights_changed = Signal()
