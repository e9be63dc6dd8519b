"""Text of files that people bring: spreadsheets, calendars and editors save in many encodings and seldom say which.

What a file begins with decides, else what its bytes can be; nothing is refused for its encoding.
"""

import codecs
import re

#: Byte order marks; the longer ones first, since one begins like a shorter.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: One byte a character: Windows, a spreadsheet on a Mac, and "CSV (MS-DOS)".
_ONE_BYTE = ("cp1252", "mac_roman", "cp850")
#: Characters beyond ASCII in Western European languages; most are lower-case letters.
_FREQUENT = frozenset("áàâãäçéèêíñóôõöúü")
_LOWER_CASE = _FREQUENT | frozenset("åëìîïòùûýæœøßªº")
_UPPER_CASE = frozenset("ÁÀÂÃÄÅÇÉÈÊËÍÌÎÏÑÓÒÔÕÖÚÙÛÜÝ")
_OPENING, _CLOSING, _DASHES = frozenset("“‘«¿¡"), frozenset("”’»"), frozenset("–—")
_OTHER = _OPENING | _CLOSING | _DASHES | frozenset("°…•€£§·´\u00a0")
#: Words of one letter.
_WORDS = frozenset("áàâéêèíóôúýÁÀÂÉÊÈÍÓÔÚ")
#: What an apostrophe leaves of an English word.
_CONTRACTED = re.compile("(?:s|t|d|m|re|ve|ll)(?![a-z])")
#: Characters beyond ASCII with their neighbours: what is plausible depends on these.
_PASSAGE = re.compile(rb"[\x00-\x7f]{0,4}(?:[\x80-\xff]+[\x00-\x7f]{0,4})+")
#: How much of a file is looked at.
_LOOK = 64 * 1024


def encoding_of(raw: bytes) -> str:
    """Return the encoding of a text, without its byte order mark: Unicode if it can be, else the one-byte encoding in
    which its characters are most plausible.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    start = raw[:_LOOK]
    if b"\x00" in start and len(raw) % 2 == 0:
        # UTF-16 without a mark: every second byte of Latin text is zero.
        even, odd = start[::2].count(0), start[1::2].count(0)
        if max(even, odd) * 4 > len(start) and min(even, odd) * 8 <= max(even, odd):
            return "utf-16-be" if even > odd else "utf-16-le"
    text = raw.decode("utf-8", "replace")
    beyond, broken = sum(not char.isascii() for char in text), text.count("\ufffd")
    if broken * 2 <= beyond:
        # Text in a one-byte encoding is hardly ever valid UTF-8; a file that was cut or mixed mostly is.
        return "utf-8"
    # A blank line between passages, since a word that is cut would look like one that ends.
    passages = b"\n\n".join(match.group() for match in _PASSAGE.finditer(raw))[:_LOOK]
    # Of two that are equally plausible, the more common one, which comes first.
    return max(_ONE_BYTE, key=lambda encoding: _plausibility(passages.decode(encoding, "replace")))


def _plausibility(text: str) -> int:
    around = f"\n{text}\n"
    return sum(
        _fits(char, around[at], around[at + 2], text[at + 1 : at + 5])
        for at, char in enumerate(text)
        if not char.isascii()
    )


def _fits(char: str, before: str, after: str, rest: str) -> int:
    """Return how plausible a character is between its neighbours: 2, well placed, to -1, out of place."""
    if char in _LOWER_CASE:
        if not before.isalpha() and not after.isalpha():
            return int(char in _WORDS or char in "ªº")
        return 2 if char in _FREQUENT else 1
    if char in _UPPER_CASE:
        # Among capitals or at the beginning of a word.
        return 0 if before.islower() else 1
    if char in _OTHER:
        return _sign_fits(char, before.isalpha(), after.isalpha(), rest)
    return 0


def _sign_fits(char: str, letter_before: bool, letter_after: bool, rest: str) -> int:
    if letter_before and letter_after:
        if char == "’":
            return 2 if _CONTRACTED.match(rest) else 1
        return 0 if char in _DASHES else -1
    if char in _OPENING:
        return 1 if letter_before else 2
    if char in _CLOSING or char == "…":
        return 1 if letter_after else 2
    return 2 if char in _DASHES and not letter_before else 1


def decode(raw: bytes, encoding: str = "") -> str:
    """Return the text of a file, without a byte order mark; never raises.

    ``encoding``: as ``encoding_of`` found it in the whole file, where ``raw`` is only a part.
    """
    encoding = encoding or encoding_of(raw)
    text = raw.decode(encoding, "replace")
    if encoding == "cp1252" and "\ufffd" in text:
        # Five bytes have no character in it.
        text = raw.decode("latin-1")
    return text.removeprefix("\ufeff")
