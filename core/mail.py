"""E-mails: a text, and the same as HTML with the mark, a button and a foot. All of the product are made here."""

import re
from dataclasses import dataclass
from email.mime.image import MIMEImage
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from .addresses import origin

#: The Content-ID of the mark, which is in the e-mail itself: pictures from elsewhere are not loaded by many programs.
MARK = "mark@weni-chats"
#: Writes the styles of a sheet into the elements; media rules, which no element can hold, stay a sheet.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Part:
    """A paragraph: lines of text, or a link, which becomes the button."""

    lines: list[str]
    url: str = ""


def parts_of(text: str) -> list[Part]:
    """Split a text at its empty lines; a line that is a URL stands for itself."""
    found: list[Part] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            if not _URL.fullmatch(line.strip()):
                lines.append(line.strip())
                continue
            if lines:
                found.append(Part(lines))
            found.append(Part([], line.strip()))
            lines = []
        if lines:
            found.append(Part(lines))
    return found


def message(to: str, subject: str, text: str, *, button: str = "") -> EmailMultiAlternatives:
    """Return an e-mail of a text, with its HTML twin in the active language.

    A line of the text that is a URL becomes a button with the label ``button``. The text's signature, the product's
    name, is in the foot of the HTML.
    """
    parts = parts_of(text)
    signature = str(_("Weni Chats"))
    if parts and parts[-1].lines == [signature]:
        parts.pop()
    context = {
        "subject": subject,
        "parts": parts,
        "button": button or _("Open the link"),
        "mark": MARK,
        "origin": origin(),
        "language": translation.get_language() or settings.LANGUAGE_CODE,
    }
    made = EmailMultiAlternatives(subject, text, None, [to])
    made.mixed_subtype = "related"  # type: ignore[attr-defined]
    html = _INLINER.inline(render_to_string("mail/base.html", context))
    made.attach_alternative(html, "text/html")
    made.attach(_mark())
    return made


def _mark() -> MIMEImage:
    image = MIMEImage(_picture(), "png")
    image["Content-ID"] = f"<{MARK}>"
    image["Content-Disposition"] = 'inline; filename="mark.png"'
    return image


@cache
def _picture() -> bytes:
    return Path(settings.BASE_DIR, "static/img/mark.png").read_bytes()
