"""Things that happen here and that apps above react to (docs/rules.md, Ending access)."""

from django.dispatch import Signal

#: A person lost access to Chats in a project. Sent inside the transaction, with ``user``, ``project``, ``actor``.
access_ended = Signal()
