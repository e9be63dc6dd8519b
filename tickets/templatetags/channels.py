"""The channel that a contact writes in, as lists show it."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from core.phone_numbers import forms_of_number
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
def numbers_of(ticket: Ticket) -> str:
    """Return the digits of the contact's phone numbers, in all ways of writing them; empty if the contact is
    anonymous."""
    if ticket.is_anon or ticket.contact.is_hidden:
        return ""
    scheme, _colon, path = ticket.urn_to_show.partition(":")
    numbers = [ticket.contact.phone_to_show, path if scheme.lower() in {"tel", "whatsapp"} else ""]
    return " ".join(dict.fromkeys(form for number in filter(None, numbers) for form in forms_of_number(number)))


@register.filter
def email_of(ticket: Ticket) -> str:
    """Return the contact's e-mail address, or empty if the contact is anonymous."""
    return "" if ticket.is_anon or ticket.contact.is_hidden else ticket.contact.email


@register.filter
def channel_of(ticket: Ticket) -> Channel | None:
    """Return the channel of a ticket's contact; None if it is hidden or unknown. Of a scheme that is not known, its
    own word."""
    scheme, colon, _path = ticket.urn_to_show.partition(":")
    if not colon or not scheme:
        return None
    return _CHANNELS.get(scheme.lower()) or Channel(scheme.capitalize(), "message-square")
