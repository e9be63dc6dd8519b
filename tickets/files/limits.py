"""How large a file may be in a ticket: an engine of the type *generic* takes less than others (docs/rules.md)."""

from core.errors import Invalid
from core.files import limits
from core.files.limits import MEDIA, MEGABYTE, PICTURE
from tickets.models import FlowType

__all__ = ["GENERIC", "MEDIA", "MEGABYTE", "PICTURE", "file_too_large", "limit_of_any"]

#: What an engine of the type *generic* refuses above it, of whatever kind.
GENERIC = 10 * MEGABYTE


def limit_of_any(flow_type: str = FlowType.WENICHATS) -> int:
    """Return how many bytes a file of any kind may have, for an engine of that type."""
    most = limits.limit_of_any()
    return min(most, GENERIC) if flow_type == FlowType.GENERIC else most


def file_too_large(flow_type: str = FlowType.WENICHATS) -> Invalid:
    """Return the error for a file above the limit of all kinds."""
    return limits.file_too_large(limit_of_any(flow_type))
