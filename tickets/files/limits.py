"""How large a file may be: as the installation says, and never more than the flow engine hands on (docs/rules.md)."""

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Invalid
from tickets.models import FlowType

MEGABYTE = 1024 * 1024
#: What the engine refuses above it, by kind.
PICTURE, MEDIA, OTHER = 5 * MEGABYTE, 16 * MEGABYTE, 100 * MEGABYTE
#: What an engine of the type *generic* refuses above it, of whatever kind.
GENERIC = 10 * MEGABYTE
PICTURES = frozenset({"image/jpeg", "image/png"})
_MEDIA = ("audio/", "video/")


def limit_of_kind(content_type: str) -> int:
    """Return how many bytes the engine takes of a file of that kind."""
    if content_type in PICTURES:
        return PICTURE
    return MEDIA if content_type.startswith(_MEDIA) else OTHER


def limit_of_any(flow_type: str = FlowType.WENICHATS) -> int:
    """Return how many bytes a file of any kind may have, for an engine of that type."""
    return min(settings.FILE_MAX_BYTES, GENERIC if flow_type == FlowType.GENERIC else OTHER)


def check_size(size: int, content_type: str, flow_type: str = FlowType.WENICHATS) -> None:
    """Raise Invalid (``file_too_large``), naming the limit, if a file of that kind has too many bytes."""
    if size > limit_of_any(flow_type):
        raise file_too_large(flow_type)
    if size <= limit_of_kind(content_type):
        return
    megabytes = {"limit": limit_of_kind(content_type) // MEGABYTE}
    if content_type in PICTURES:
        words = _("The picture is larger than %(limit)d MB, the most that a JPEG or PNG may have. Make it smaller.")
    else:
        words = _(
            "The recording is larger than %(limit)d MB, the most that audio and video may have. Make it shorter."
        )
    raise Invalid(words % megabytes, code="file_too_large", field="files")


def file_too_large(flow_type: str = FlowType.WENICHATS) -> Invalid:
    """Return the error for a file above the limit of all kinds."""
    megabytes = {"limit": limit_of_any(flow_type) // MEGABYTE}
    return Invalid(
        _("The file is larger than %(limit)d MB. Choose a smaller one.") % megabytes,
        code="file_too_large",
        field="files",
    )
