"""What a file of a message is to the people who read it, by what the channel says of it (docs/rules.md, Files)."""

import re
from dataclasses import dataclass

import httpx
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models import Attachment, FetchState

_NUMBER = r"([+-]?\d{1,6}(?:\.\d{0,20})?)"
#: ``lat,long`` with or without an altitude, and the parameters of a geo URI (RFC 5870), which are not needed.
_PLACE = re.compile(
    rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(?:,\s*{_NUMBER}\s*)?(?:[;?].*)?", re.ASCII | re.DOTALL
)  # fmt: skip
_MAX_LATITUDE, _MAX_LONGITUDE = 90, 180


class Kind(models.TextChoices):
    """How a file is shown."""

    PICTURE = "picture", _("Image")
    AUDIO = "audio", _("Audio")
    VIDEO = "video", _("Video")
    DOCUMENT = "document", _("File")
    LOCATION = "location", _("Location")
    UNSUPPORTED = "unsupported", _("Not supported")


#: By the first word of a content type; engines leave the rest out, or separate it with a colon.
_KINDS = {
    "image": Kind.PICTURE, "audio": Kind.AUDIO, "video": Kind.VIDEO,
    "application": Kind.DOCUMENT, "document": Kind.DOCUMENT, "text": Kind.DOCUMENT,
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A point on earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"{_degrees(self.latitude)}, {_degrees(self.longitude)}"

    @property
    def map_url(self) -> str:
        """A page with a map of the surroundings, for people to open: nothing of it is embedded."""
        latitude, longitude = _degrees(self.latitude), _degrees(self.longitude)
        return (
            f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
        )  # fmt: skip


@dataclass(frozen=True)
class Classified:
    """A kind; of a location, the place."""

    kind: Kind
    place: Place | None = None


def _degrees(value: float) -> str:
    """Return a coordinate to the decimetre, without needless zeros."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def classify(content_type: str, url: str) -> Classified:
    """Return what the channel sent, from its two words for it alone: any string is something.

    ``content_type`` may be a media type, its first word (``image``, ``audio:``), ``geo``, ``unavailable`` or empty;
    ``url`` an address, ``lat,long`` or ``geo:lat,long``, or any other text. Whatever can be fetched but has no known
    type is a document until its bytes are known; what can neither be fetched nor read is not supported.
    """
    word = re.split(r"[/:;]", content_type.strip().lower(), maxsplit=1)[0].strip()
    url = url.strip()
    if word == "geo" or url[:4].lower() == "geo:":
        place = _place(url[4:] if url[:4].lower() == "geo:" else url)
        return Classified(Kind.LOCATION, place) if place else Classified(Kind.UNSUPPORTED)
    if is_fetchable(url):
        return Classified(_KINDS.get(word, Kind.DOCUMENT))
    return Classified(_KINDS.get(word, Kind.UNSUPPORTED) if url else Kind.UNSUPPORTED)


def classified(attachment: Attachment) -> Classified:
    """Return what an attachment is: by its bytes once they are stored here, else by what the channel says."""
    if attachment.state == FetchState.STORED:
        return Classified(_KINDS.get(attachment.served_type.partition("/")[0], Kind.DOCUMENT))
    return classify(attachment.content_type, attachment.url)


def is_fetchable(url: str) -> bool:
    """Return whether an address is one that a file could be fetched from: http or https, with a host."""
    try:
        target = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        return False
    return target.scheme in ("http", "https") and bool(target.host)


def _place(text: str) -> Place | None:
    """Return the place; None if the text is not two numbers, or they are not on earth."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > _MAX_LATITUDE or abs(longitude) > _MAX_LONGITUDE:
        return None
    return Place(latitude, longitude)
