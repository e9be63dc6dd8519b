"""Profile photos: turn an uploaded file into two small squares without metadata (docs/rules.md, Profile)."""

import secrets
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from core.validation import megabytes

from .errors import Invalid

#: Limits in bytes and in pixels; the largest phone sensors stay below.
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 50_000_000
#: Accepted formats. Of an animated image, the first frame is used.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: Sides of the two stored images in pixels: for the profile, and for the circles next to names, which are at most 52
#: CSS pixels wide.
LARGE, SMALL = 256, 104
_FOLDER, _SMALL = "photos", "-s"
_READ_AT_ONCE = 64 * 1024


@dataclass(frozen=True)
class PhotoSizes:
    """The two squares, as WebP."""

    large: bytes
    small: bytes


def prepare(file: IO[bytes]) -> PhotoSizes:
    """Return the centre square of an image in both sizes, upright; only its pixels are kept.

    Slow for large images (up to a second): call it outside transactions. Raises Invalid: ``photo_empty``,
    ``photo_too_large``, ``photo_unreadable``.
    """
    raw = _read(file)
    try:
        square = _square(raw)
    except Invalid:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    # On malformed input, decoders raise all kinds of exceptions.
    except Exception as error:
        raise _unreadable() from error
    return PhotoSizes(_webp(square, LARGE), _webp(square, SMALL))


def _read(file: IO[bytes]) -> bytes:
    """Return the bytes of a file, up to the limit."""
    parts, size = [], 0
    while part := file.read(_READ_AT_ONCE):
        size += len(part)
        if size > MAX_BYTES:
            raise file_too_large()
        parts.append(part)
    if not size:
        raise Invalid(_("The file is empty. Choose a picture."), code="photo_empty", field="photo")
    return b"".join(parts)


def _square(raw: bytes) -> Image.Image:
    """Return the centre of the image, at most ``LARGE`` wide and high."""
    # Ignore the client's file name and content type; detect the format from the bytes.
    with Image.open(BytesIO(raw), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_many_pixels()
        # JPEG can be decoded at reduced size.
        image.draft("RGB", (LARGE * 2, LARGE * 2))
        image.load()
        upright = ImageOps.exif_transpose(image)
        side = min(LARGE, *upright.size)
        fitted = ImageOps.fit(_opaque(upright), (side, side), Image.Resampling.LANCZOS)
    # A new image carries no colour profile, comment or location.
    square = Image.new("RGB", fitted.size)
    square.paste(fitted)
    return square


def _opaque(image: Image.Image) -> Image.Image:
    """Return the image in RGB, with transparent areas white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def _webp(square: Image.Image, side: int) -> bytes:
    out = BytesIO()
    if square.width > side:
        square = square.resize((side, side), Image.Resampling.LANCZOS)
    square.save(out, "WEBP", quality=84, method=4)
    return out.getvalue()


def file_too_large() -> Invalid:
    """Return the error for a file over the limit."""
    return Invalid(
        _("The file is larger than %(limit)s MB. Choose a smaller picture.") % {"limit": megabytes(MAX_BYTES)},
        code="photo_too_large",
        field="photo",
    )


def _unreadable() -> Invalid:
    return Invalid(
        _("This is no picture that can be read. Choose a JPEG, PNG, WebP or GIF file."),
        code="photo_unreadable",
        field="photo",
    )


def _too_many_pixels() -> Invalid:
    return Invalid(
        _("The picture has more than 50 million pixels. Make it smaller, then choose it again."),
        code="photo_too_large",
        field="photo",
    )


def store(pictures: PhotoSizes) -> str:
    """Store both sizes under an unguessable name; returns the name of the large one."""
    name = default_storage.save(f"{_FOLDER}/{secrets.token_hex(16)}.webp", ContentFile(pictures.large))
    try:
        default_storage.save(small_name(name), ContentFile(pictures.small))
    except Exception:
        default_storage.delete(name)
        raise
    return name


def small_name(name: str) -> str:
    """Return the name of the small image that belongs to a large one."""
    return f"{name.removesuffix('.webp')}{_SMALL}.webp"


def delete(name: str) -> None:
    """Delete both sizes, if they exist."""
    if name:
        default_storage.delete(name)
        default_storage.delete(small_name(name))


def read(name: str) -> bytes | None:
    """Return a stored image, or None if there is none of that name."""
    try:
        with default_storage.open(name) as file:
            return file.read()
    except (OSError, ValueError):
        return None
