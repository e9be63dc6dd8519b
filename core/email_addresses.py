"""E-mail addresses as people paste them: from a spreadsheet, an address book, a mail."""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .errors import Invalid

#: So many addresses are taken at a time.
MAX_ADDRESSES = 200
#: So long is an address at most, and what is shown of a piece that is none.
LONGEST = 254
_SHOWN = 80

# A quoted name may hold a comma: "Last, First" <name@example.org>.
_PIECE = re.compile(r'(?:"[^"\r\n]*"|[^,;\r\n\t])+')
_IN_BRACKETS = re.compile(r"<\s*([^<>]*?)\s*>")


@dataclass(frozen=True)
class Rejected:
    """A piece that can't be used as it stands, and a sentence that says why."""

    text: str
    why: str


@dataclass(frozen=True)
class ParsedAddresses:
    """What a text held: addresses in lower case, each once, in their order; and what is none."""

    addresses: list[str] = field(default_factory=list)
    wrong: list[Rejected] = field(default_factory=list)


def parse_addresses(text: str) -> ParsedAddresses:
    """Return the addresses of a text: between commas, semicolons, tabs, lines or blanks, with names or without.

    Raises Invalid (too_many) beyond ``MAX_ADDRESSES``, so that nothing is done by halves.
    """
    pieces = [piece for part in _PIECE.findall(text) for piece in _parts(part)]
    return parse_list(pieces)


def parse_list(pieces: list[str]) -> ParsedAddresses:
    """Return the addresses among pieces of which each is one, or none. Raises Invalid (too_many)."""
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
    """Return the address of ``Name <address>``, else the piece, in lower case without outer blanks."""
    found = _IN_BRACKETS.search(piece)
    return (found[1] if found else piece).strip().strip("\"'").lower()


def address_error(address: str) -> str:
    """Return a sentence that says why this is no address that mail can be sent to; empty where it is one."""
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
    """Split what blanks alone keep apart: several addresses, or several names with theirs."""
    piece = piece.strip()
    if not piece:
        return []
    if piece.count("<") > 1:
        return [part.strip() for part in re.findall(r"[^<>]*<[^<>]*>?", piece)]
    words = piece.split()
    if "<" not in piece and len(words) > 1 and all("@" in word for word in words):
        return words
    return [piece]
