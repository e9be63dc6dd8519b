"""Time-ordered ids: keys sort by creation, and indexes grow at one end."""

import uuid

from uuid_utils import compat


def uuid7() -> uuid.UUID:
    """Return a new UUID version 7 (RFC 9562, section 5.7) as a standard ``uuid.UUID``."""
    return compat.uuid7()
