"""The audit log: who changed what, when, from where."""

from .log import changes, record, record_all

__all__ = ["changes", "record", "record_all"]
