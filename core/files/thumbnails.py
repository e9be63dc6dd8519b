"""Thumbnails, made from nothing but a picture's pixels (docs/rules.md, Files)."""

from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageFile, ImageOps

from core.errors import Invalid

#: Maximum pixels of a picture (above the largest phone sensors).
MAX_PIXELS = 50_000_000
#: Longer side of a thumbnail in pixels: twice its size in a conversation.
SIDE = 720
#: Pictures decoded concurrently per process: the largest takes some hundred megabytes.
_DECODING = BoundedSemaphore(2)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}


@dataclass(frozen=True)
class Picture:
    """The thumbnail (WebP) and the size of the original in pixels, after rotation."""

    thumbnail: bytes
    width: int
    height: int


def picture_of(raw: bytes | IO[bytes], content_type: str) -> Picture | None:
    """Return the thumbnail of a picture; None if it can't be decoded as what it claims to be.

    ``raw``: its bytes, or an open file that holds them. The thumbnail holds only pixels: no location, no time, no
    comment. Of an animation, the first frame. Slow for large pictures (up to a second): call it outside of
    transactions. Raises Invalid (``picture_too_large``), without decoding, for more pixels than any camera has.
    """
    try:
        with _DECODING, _opened(raw, content_type) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels()
            # A JPEG can be decoded at a fraction of its size.
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            image.load()
            upright = ImageOps.exif_transpose(image)
            small = upright.convert("RGBA" if _is_clear(upright) else "RGB")
            small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        bare = Image.new(small.mode, small.size)
        bare.paste(small)
        out = BytesIO()
        bare.save(out, "WEBP", quality=82, method=4)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Invalid:
        raise
    # A decoder fed with garbage may raise anything.
    except Exception:
        return None
    return Picture(out.getvalue(), *((height, width) if turned else (width, height)))


def _opened(raw: bytes | IO[bytes], content_type: str) -> ImageFile.ImageFile:
    return Image.open(BytesIO(raw) if isinstance(raw, bytes) else raw, formats=[_FORMATS[content_type]])


def _is_clear(image: Image.Image) -> bool:
    """Whether the picture has transparent parts."""
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _too_many_pixels() -> Invalid:
    return Invalid(
        _("The picture has more than 50 million pixels. Make it smaller, then add it again."),
        code="picture_too_large",
        field="files",
    )
