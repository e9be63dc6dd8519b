"""The audit log: who changed what, when, from which IP address."""

from .log import changes, differing, record, record_all

__all__ = ["changes", "differing", "record", "record_all"]
