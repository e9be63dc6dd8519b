"""How large a file may be: as the installation says, and never more than the flow engine hands on (docs/rules.md)."""

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Invalid

MEGABYTE = 1024 * 1024
#: What the engine refuses above it, by kind.
PICTURE, MEDIA, OTHER = 5 * MEGABYTE, 16 * MEGABYTE, 100 * MEGABYTE
PICTURES = frozenset({"image/jpeg", "image/png"})
_MEDIA = ("audio/", "video/")


def limit_of_kind(content_type: str) -> int:
    """Return how many bytes the engine takes of a file of that kind."""
    if content_type in PICTURES:
        return PICTURE
    return MEDIA if content_type.startswith(_MEDIA) else OTHER


def limit_of_any() -> int:
    """Return how many bytes a file of any kind may have."""
    return min(settings.FILE_MAX_BYTES, OTHER)


def check_size(size: int, content_type: str, most: int) -> None:
    """Raise Invalid (``file_too_large``), naming the limit, if a file of that kind has too many bytes.

    ``most``: how many a file of any kind may have.
    """
    if size > most:
        raise file_too_large(most)
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


def file_too_large(most: int) -> Invalid:
    """Return the error for a file of more than ``most`` bytes."""
    return Invalid(
        _("The file is larger than %(limit)d MB. Choose a smaller one.") % {"limit": most // MEGABYTE},
        code="file_too_large",
        field="files",
    )
