"""E-mail addresses in one canonical form, in which they are stored and compared (docs/rules.md, Signing in)."""

import re
import unicodedata
from typing import Any

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

#: Maximum length of an address.
LONGEST = 254
#: What a canonical address consists of, for the database: printable ASCII without spaces and capitals.
CANONICAL = r"^[!-@\[-~]+$"

#: Letters that are drawn as nothing although Unicode counts them as letters.
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_AROUND = " \"'<>.,;:"


def is_invisible(char: str) -> bool:
    """Whether a character takes no room: control and format characters, variation selectors, surrogates."""
    return (
        unicodedata.category(char) in {"Cc", "Cf", "Cs"}
        or char in _BLANK_LETTERS
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def canonical(text: str) -> str:
    """Return an address in the form in which it is stored: without spaces around it, invisible characters and
    capitals, and with the domain as DNS spells it (``xn--…``). Idempotent; what is no address is no error.
    """
    plain = text
    for _again in range(1 if text.isascii() else 2):
        # Full-width characters, such as the @ of East Asian keyboards, become the plain ones; small letters too may
        # have another normal form than their capitals.
        plain = "".join(char for char in unicodedata.normalize("NFKC", plain) if not is_invisible(char)).lower()
    plain = plain.strip()
    name, at, domain = plain.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return plain
    return f"{name}{at}{domain}"


def without_wrapping(text: str) -> str:
    """Return an address without quotes, brackets, ``mailto:`` and the punctuation of a sentence around it."""
    bare = text.strip(_AROUND)
    scheme, colon, rest = bare.partition(":")
    if colon and scheme.lower() in {"mailto", "smtp"}:
        bare = rest.partition("?")[0].replace("%40", "@").replace("%2B", "+").strip(_AROUND)
    return bare


def address_error(address: str) -> str:
    """Return why a canonical address is not deliverable, as a sentence; empty if it is valid."""
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
    # Quoted names may hold spaces by the standard, and in no mail server.
    return (
        "" if re.match(CANONICAL, address) and address == canonical(address) else _("This is not an e-mail address.")
    )


class CanonicalEmailField(models.EmailField):
    """A column of addresses in canonical form: what is stored and what is looked up is brought into it."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return canonical(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return canonical(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Bring the attribute into the form too, so that the object says what the row says."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
