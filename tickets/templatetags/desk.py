"""Template tags and filters of the desk."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.files.content_types import SHOWN, ending
from core.rich_text import to_html
from orgs.models import User
from tickets.conversation.transcript import Line, contact_name
from tickets.desk.waiting_targets import tone_of
from tickets.files import limits
from tickets.files.kinds import Kind, classified, is_fetchable
from tickets.models import Attachment, Ticket

register = template.Library()


@register.filter
def ago(moment: datetime | None) -> str:
    """Return how long ago a moment was, as a short ``<time>`` that the browser keeps up to date."""
    if moment is None:
        return ""
    at = moment.isoformat(timespec="seconds")
    return format_html('<time datetime="{}" data-ago>{}</time>', at, _since(moment, _("now")))


@register.filter
def lasting(moment: datetime | None) -> str:
    """Return how long something has lasted, as a short ``<time>`` that reads well after "for" and "longest"."""
    if moment is None:
        return ""
    short = _("less than a minute")
    at = moment.isoformat(timespec="seconds")
    return format_html('<time datetime="{}" data-ago="{}">{}</time>', at, short, _since(moment, short))


def _since(moment: datetime, first: str) -> str:
    minutes = max(int((timezone.now() - moment).total_seconds() // 60), 0)
    if minutes < 1:
        return first
    if minutes < 60:
        return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    if minutes < 1440:
        return ngettext("%(n)d hr", "%(n)d hr", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}


@register.filter
def name_of(ticket: Ticket) -> str:
    return contact_name(ticket)


#: How long an answer may take to leave before it is shown as delayed; static/js/desk-delivery.js says the same.
DELAYED_AFTER = timedelta(seconds=60)


@register.filter
def is_delayed(since: datetime) -> bool:
    """Whether an answer of that time that is still being delivered counts as delayed."""
    return timezone.now() - since >= DELAYED_AFTER


_LONGEST_ENDING = 5
_ICONS = {
    Kind.PICTURE: "image", Kind.AUDIO: "mic", Kind.VIDEO: "video", Kind.DOCUMENT: "file-text",
    Kind.LOCATION: "map-pin", Kind.UNSUPPORTED: "file-question-mark",
}  # fmt: skip

#: What a file is, and of a location the place.
register.filter("classified", classified)


@register.filter
def file_icon(attachment: Attachment) -> str:
    """Return the icon for what a file is."""
    return _ICONS[classified(attachment).kind]


@register.filter
def file_word(attachment: Attachment) -> str:
    """Return what a file is in a word; for documents, the file extension."""
    kind = classified(attachment).kind
    end = ending(attachment.name)
    if kind == Kind.DOCUMENT and end.isalnum() and len(end) <= _LONGEST_ENDING:
        return end.upper()
    return str(kind.label)


#: Bounding box of a picture in a conversation, in CSS pixels.
_BOX = 320


@register.filter
def shown_as(attachment: Attachment) -> str:
    """Return how the page shows a stored file: ``picture``, ``sound``, ``film``, or ``paper`` (a download)."""
    if attachment.thumbnail:
        return "picture"
    if attachment.served_type not in SHOWN:
        return "paper"
    return {Kind.AUDIO: "sound", Kind.VIDEO: "film"}.get(classified(attachment).kind, "paper")


@register.filter
def shown_size(attachment: Attachment) -> tuple[int, int]:
    """Return a picture's displayed width and height, so that the layout does not shift when it loads."""
    width, height = attachment.width or _BOX, attachment.height or _BOX
    scale = min(1.0, _BOX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


@register.simple_tag
def file_limits(ticket: Ticket) -> dict[str, int]:
    """Return the limits of a message in that ticket: ``files``, and the bytes of each (``most``), of a JPEG or PNG
    (``picture``), of audio and video (``media``); ``megabytes`` and ``picture_megabytes`` to be shown."""
    most = limits.limit_of_any(ticket.flow_type)
    picture = min(most, limits.PICTURE)
    return {
        "files": settings.FILES_PER_MESSAGE,
        "most": most,
        "picture": picture,
        "media": min(most, limits.MEDIA),
        "megabytes": most // limits.MEGABYTE,
        "picture_megabytes": picture // limits.MEGABYTE,
    }


@register.filter
def web_address(attachment: Attachment) -> str:
    """Return the URL of a file of the channel, or nothing unless it is http or https."""
    return attachment.url.strip() if is_fetchable(attachment.url) else ""


@register.filter
def as_fields(values: Any) -> list[tuple[str, str]]:
    """Return custom fields as (name, value) pairs; nothing if they are not an object."""
    if not isinstance(values, dict):
        return []
    return [(str(name), _plain(value)) for name, value in values.items() if value not in (None, "", [], {})]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    return str(value)


@register.filter
def group_names(groups: Any) -> list[str]:
    """Return the names of a contact's groups, given as names or as ``{uuid, name}``."""
    if not isinstance(groups, list):
        return []
    names = (group.get("name") if isinstance(group, dict) else group for group in groups)
    return [str(name) for name in names if name]


@register.filter
def tone(since: datetime, target: int | None) -> str:
    """Return a CSS class for how a wait compares with its target in minutes."""
    return tone_of(since, target)


@register.filter
def beside(moment: datetime, line_at: datetime) -> str:
    """Return a time of a line in the active time zone, with its date if the line stands under another day."""
    here, there = timezone.localtime(moment), timezone.localtime(line_at)
    words = "TIME_FORMAT" if here.date() == there.date() else "SHORT_DATETIME_FORMAT"
    return formats.date_format(here, words)


@register.filter
def said(line: Line) -> SafeString:
    """Return the text of a line with links, emphasis and, in a note, its mentions marked."""
    return to_html(line.text, [called.user.name for called in line.mentions])


@register.filter
def calls(line: Line, user: User) -> str:
    """Return whether a note mentions somebody: ``unseen``, ``seen`` or nothing."""
    own = next((called for called in line.mentions if called.user_id == user.pk), None)
    return "" if own is None else "seen" if own.seen_at else "unseen"
