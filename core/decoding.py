"""Text of files that people bring: spreadsheets, calendars and editors save in many encodings and seldom say which.

What a file begins with decides, else what its bytes can be; nothing is refused for its encoding.
"""

import codecs

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
_LOWER_CASE = frozenset("áàâãäåçéèêëíìîïñóòôõöúùûüý")
_OTHER = frozenset("ÁÀÂÃÄÅÇÉÈÊËÍÌÎÏÑÓÒÔÕÖÚÙÛÜÝ¿¡ºª°“”‘’–—…•«»€£§·´\u00a0")
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
    beyond_ascii = bytes(byte for byte in raw if byte >= 0x80)[:_LOOK]
    # Of two that are equally plausible, the more common one, which comes first.
    return max(_ONE_BYTE, key=lambda encoding: _plausibility(beyond_ascii.decode(encoding, "replace")))


def _plausibility(text: str) -> int:
    return sum(2 if char in _LOWER_CASE else char in _OTHER for char in text)


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
