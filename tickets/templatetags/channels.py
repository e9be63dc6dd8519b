"""The channel that a contact writes in, as lists show it."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from tickets.models import Ticket

register = template.Library()


@dataclass(frozen=True)
class Channel:
    """A channel: its name, and its icon."""

    name: Any
    icon: str


_PHONE = Channel(_("Phone"), "phone")
_MAIL = Channel(_("E-mail"), "mail")
_WEB = Channel(_("Website"), "globe")
#: By the scheme of the contact's URN.
_CHANNELS = {
    "whatsapp": Channel("WhatsApp", "message-circle"),
    "telegram": Channel("Telegram", "send"),
    "facebook": Channel("Facebook", "thumbs-up"),
    "instagram": Channel("Instagram", "camera"),
    "tel": _PHONE,
    "mailto": _MAIL,
    "email": _MAIL,
    "ext": _WEB,
    "webchat": _WEB,
}


@register.filter
def phone_digits(number: str) -> str:
    """Return a phone number as an address of ``tel:`` has it."""
    plus = "+" if number.strip().startswith("+") else ""
    return plus + "".join(char for char in number if char.isascii() and char.isdigit())


@register.filter
def channel_of(ticket: Ticket) -> Channel | None:
    """Return the channel of a ticket's contact; None if it is hidden or unknown. Of a scheme that is not known, its
    own word."""
    scheme, colon, _path = ticket.urn_to_show.partition(":")
    if not colon or not scheme:
        return None
    return _CHANNELS.get(scheme.lower()) or Channel(scheme.capitalize(), "message-square")
