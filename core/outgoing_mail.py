"""Whether e-mails leave this installation, and those that a folder holds instead."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.utils.html import strip_tags

_BACKENDS = "django.core.mail.backends"
FILES = f"{_BACKENDS}.filebased.EmailBackend"
#: With these, e-mails reach nobody.
_STAYING = {FILES, f"{_BACKENDS}.console.EmailBackend", f"{_BACKENDS}.dummy.EmailBackend"}
#: What Django's backend writes behind each e-mail of a file.
_END = b"\n" + b"-" * 79 + b"\n"
#: Maximum bytes read of a file, and characters shown of an e-mail.
_READ, _SHOWN = 512 * 1024, 20_000


@dataclass(frozen=True)
class Letter:
    """An e-mail as it was written, its text as plain text."""

    to: str
    subject: str
    text: str
    at: datetime | None


def sends_mail() -> bool:
    """Whether e-mails are handed to a mail server, as far as the settings say."""
    return settings.EMAIL_BACKEND not in _STAYING


def folder() -> Path | None:
    """Return the folder that e-mails are written to; None if they are not."""
    path = getattr(settings, "EMAIL_FILE_PATH", None)
    return Path(path) if path and settings.EMAIL_BACKEND == FILES else None


def latest(number: int) -> list[Letter]:
    """Return the e-mails written to the folder last, newest first."""
    place = folder()
    if place is None or not place.is_dir():
        return []
    found: list[Letter] = []
    for path in sorted(place.glob("*.log"), key=_changed, reverse=True):
        if len(found) >= number:
            break
        try:
            with path.open("rb") as file:
                raw = file.read(_READ)
        except OSError:
            continue  # tidied up meanwhile
        found += [_letter(part) for part in reversed(raw.split(_END)) if part.strip()]
    return found[:number]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _letter(raw: bytes) -> Letter:
    """Read an e-mail; of one that is broken, whatever can be read."""
    try:
        message = message_from_bytes(raw.lstrip(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        date = message["Date"]
        to, subject = str(message["To"] or ""), str(message["Subject"] or "")
        return Letter(to, subject, _text(message)[:_SHOWN], date.datetime if date else None)
    except (AssertionError, LookupError, ValueError, TypeError, AttributeError):
        return Letter("", "", raw.decode("utf-8", "replace")[:_SHOWN], None)


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    text = str(body.get_content())
    return strip_tags(text) if body.get_content_subtype() == "html" else text
