"""Small pictures of large ones, made from nothing but their pixels (docs/rules.md, Files)."""

from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from core.errors import Invalid

#: Pixels of a picture that is decoded (a phone's largest sensors stay below).
MAX_PIXELS = 50_000_000
#: The longer side of a small picture in pixels: twice what a conversation gives it.
SIDE = 720
#: Pictures decoded at the same time by one process: the largest takes some hundred megabytes meanwhile.
_DECODING = BoundedSemaphore(2)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}


@dataclass(frozen=True)
class Picture:
    """The small picture (WebP), and the pixels of the large one, upright."""

    thumbnail: bytes
    width: int
    height: int


def picture_of(raw: bytes, content_type: str) -> Picture | None:
    """Return what a file shows, None where it can't be read as the picture it claims to be.

    Nothing of the file but its pixels is in the small picture: no place, no time, no comment. Of a moving one the
    first counts. Slow for large pictures (up to a second): call it outside of transactions. Raises Invalid
    (``picture_too_large``) for more pixels than anybody's camera has, without decoding them.
    """
    try:
        with _DECODING, Image.open(BytesIO(raw), formats=[_FORMATS[content_type]]) as image:
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
    # A decoder fed with garbage fails in whatever way it comes upon it.
    except Exception:
        return None
    return Picture(out.getvalue(), *((height, width) if turned else (width, height)))


def _is_clear(image: Image.Image) -> bool:
    """Whether parts of the picture are transparent."""
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _too_many_pixels() -> Invalid:
    return Invalid(
        _("The picture has more than 50 million pixels. Make it smaller, then add it again."),
        code="picture_too_large",
        field="files",
    )
