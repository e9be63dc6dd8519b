"""Parse e-mail addresses as people paste them from spreadsheets, address books and mail clients."""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .errors import Invalid

#: Maximum number of addresses per list.
MAX_ADDRESSES = 200
#: Maximum length of an address, and of a rejected piece when it is shown.
LONGEST = 254
_SHOWN = 80

# A quoted name may contain a comma: "Last, First" <name@example.org>.
_PIECE = re.compile(r'(?:"[^"\r\n]*"|[^,;\r\n\t])+')
_IN_BRACKETS = re.compile(r"<\s*([^<>]*?)\s*>")


@dataclass(frozen=True)
class Rejected:
    """A piece of text that is not a usable address, and the reason as a sentence."""

    text: str
    why: str


@dataclass(frozen=True)
class ParsedAddresses:
    """The result of parsing: unique lower-case addresses in their original order, and the rejected pieces."""

    addresses: list[str] = field(default_factory=list)
    wrong: list[Rejected] = field(default_factory=list)


def parse_addresses(text: str) -> ParsedAddresses:
    """Parse addresses separated by commas, semicolons, tabs, newlines or spaces, with or without display names.

    Raises Invalid (too_many) above ``MAX_ADDRESSES``: a list is never accepted in part.
    """
    pieces = [piece for part in _PIECE.findall(text) for piece in _parts(part)]
    return parse_list(pieces)


def parse_list(pieces: list[str]) -> ParsedAddresses:
    """Parse a list in which each item is one address. Raises Invalid (too_many)."""
    addresses: dict[str, None] = {}
    wrong: dict[str, Rejected] = {}
    for piece in pieces:
        address = address_in(piece)
        if why := address_error(address):
            wrong.setdefault(piece, Rejected(piece if len(piece) <= LONGEST else f"{piece[:_SHOWN]}…", why))
        else:
            addresses.setdefault(address)
    count = len(addresses) + len(wrong)
    if count > MAX_ADDRESSES:
        raise Invalid(
            ngettext(
                "Send at most %(most)d addresses at a time; this is %(count)d.",
                "Send at most %(most)d addresses at a time; these are %(count)d.",
                count,
            )
            % {"most": MAX_ADDRESSES, "count": count},
            code="too_many",
            field="emails",
        )
    return ParsedAddresses(list(addresses), list(wrong.values()))


def address_in(piece: str) -> str:
    """Return the address of ``Name <address>``, else the piece itself, stripped and in lower case."""
    found = _IN_BRACKETS.search(piece)
    return (found[1] if found else piece).strip().strip("\"'").lower()


def address_error(address: str) -> str:
    """Return why this is not a deliverable address, as a sentence; empty if it is valid."""
    if not address:
        return _("There is no address in it.")
    if len(address) > LONGEST:
        return _("It is longer than an address can be.")
    if "@" not in address:
        return _("The @ is missing.")
    try:
        validate_email(address)
    except ValidationError:
        return _("This is not an e-mail address.")
    return ""


def _parts(piece: str) -> list[str]:
    """Split a piece with no separators but spaces: several addresses, or several names with addresses."""
    piece = piece.strip()
    if not piece:
        return []
    if piece.count("<") > 1:
        return [part.strip() for part in re.findall(r"[^<>]*<[^<>]*>?", piece)]
    words = piece.split()
    if "<" not in piece and len(words) > 1 and all("@" in word for word in words):
        return words
    return [piece]
