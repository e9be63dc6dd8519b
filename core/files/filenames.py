"""File names made safe to show and save (docs/rules.md, Files)."""

import re
import unicodedata

from django.utils.translation import gettext as _

LONGEST = 120
_LONGEST_ENDING = 12
# Not allowed in file names on some systems.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "application/pdf": "pdf",
    "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/webm": "webm", "audio/wav": "wav",
    "video/mp4": "mp4", "video/webm": "webm",
}  # fmt: skip


def clean_name(name: str, content_type: str) -> str:
    """Return the last part of a path without invisible, direction-changing or path characters.

    At most ``LONGEST`` characters, keeping the extension. Without a name, a generic word for the type.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(" " if char.isspace() else char for char in name if char.isprintable() or char.isspace())
    name = _FORBIDDEN.sub("_", re.sub(r" +", " ", name)).strip(" .")
    if not name:
        name = f"{_('file')}.{_ENDINGS.get(content_type, 'bin')}"
    if len(name) <= LONGEST:
        return name
    stem, dot, end = name.rpartition(".")
    if not dot or len(end) > _LONGEST_ENDING:
        return name[:LONGEST].rstrip(" .")
    return stem[: LONGEST - len(end) - 1].rstrip(" .") + dot + end


def with_ending(name: str, content_type: str) -> str:
    """Return the name with the extension of its type if it has none, as of files with a random name."""
    end = _ENDINGS.get(content_type)
    return f"{name}.{end}" if end and "." not in name else name
