"""The audit log: who changed what, when, from which IP address."""

from .log import changes, record, record_all

__all__ = ["changes", "record", "record_all"]
