"""Names of people as they stand beside their addresses."""

import re
from typing import NamedTuple

from .email_addresses import is_invisible

#: Maximum length of a first or last name.
NAME_LENGTH = 80
#: Joiners are part of the spelling of names in several scripts.
_JOINERS = "\u200c\u200d"
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# Letters, and what stands inside and after them: apostrophes, hyphens, the dot of an abbreviation.
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’`´\-\u200c\u200d]|[\u0300-\u036f])*\.?")


class PersonName(NamedTuple):
    """First and last name; either may be empty."""

    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, first: str, last: str) -> "PersonName":
        """Return the name with tidy spaces, without invisible characters, each part within its column."""
        return cls(_tidy(first)[:NAME_LENGTH].strip(), _tidy(last)[:NAME_LENGTH].strip())

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}".strip()


def parse_name(text: str) -> PersonName:
    """Read ``First Last`` or ``Last, First``, in quotes or not; an address is no name."""
    text = _tidy(text).strip(" \"'`,;:")
    if "@" in text:
        return PersonName()
    text = _tidy(_REMARK.sub(" ", text)) or text.strip("()[]")
    last, comma, first = text.partition(",")
    if comma and first.strip(" ,"):
        return PersonName.of(first.strip(" ,"), last)
    first, _space, last = text.strip(" ,").partition(" ")
    return PersonName.of(first, last)


def is_like_name(text: str) -> bool:
    """Whether a text can be a person's name: words of letters, one to six; a comma may stand between them."""
    words = _REMARK.sub(" ", _tidy(text)).replace(",", " ").split()
    return 0 < len(words) <= 6 and all(_WORD.fullmatch(word) for word in words)


def _tidy(text: str) -> str:
    return " ".join("".join(char for char in text if char in _JOINERS or not is_invisible(char)).split())
