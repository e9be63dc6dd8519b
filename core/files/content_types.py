"""Content types, detected from a file's bytes alone (docs/rules.md, Files).

An allowlist of what people send each other. Everything else is ``UNKNOWN``: stored and passed on unchanged, but never
labelled as something a browser would open. Anything that can run or render as a page (programs, HTML, SVG, scripts,
office files with macros) is deliberately unknown. The file name can only reduce trust.
"""

import codecs
from io import BytesIO
from mmap import mmap
from typing import IO, cast
from zipfile import BadZipFile, ZipFile

#: A whole file: in memory, or mapped into it where it may be large.
Raw = bytes | mmap

UNKNOWN = "application/octet-stream"
_ZIP = "application/zip"
#: PDF readers look for the header in this many bytes: a byte order mark or blanks may come before.
_PDF_SPAN = 1024
#: Text is checked in parts of this many bytes; what it is, its beginning says.
_TEXT_PART, _TEXT_START = 1024 * 1024, 4096
#: Bytes of a video searched for its tracks, at the start and at the end.
_LOOK = 256 * 1024
#: Archive entries inspected; the end of a zip file says how many it has.
_MAX_ENTRIES = 2_000
_END_OF_ZIP, _END_SPAN = b"PK\x05\x06", 66_000

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_OPEN_KINDS = {f"{_OPEN}{kind}" for kind in ("text", "spreadsheet", "presentation", "graphics")}

#: Magic bytes at the start of a file.
_BEGINS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
#: RIFF files by form type.
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
#: ISO media files by brand; any other brand is MP4.
_BRANDS = {
    b"heic": "image/heic", b"heix": "image/heic", b"heim": "image/heic", b"heis": "image/heic",
    b"hevc": "image/heic", b"hevx": "image/heic", b"mif1": "image/heif", b"msf1": "image/heif",
    b"avif": "image/avif", b"avis": "image/avif", b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"crx ": UNKNOWN,
}  # fmt: skip
#: Legacy office files by the name of a stream in them (UTF-16).
_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
#: Text by file extension; with any other extension it might be meant to run.
_TEXTS = {
    "": "text/plain", "txt": "text/plain", "log": "text/plain", "md": "text/plain",
    "csv": "text/csv", "json": "application/json",
}  # fmt: skip
#: Extensions of text that may be in an encoding of one country: what spreadsheets and old programs save.
_LEGACY_TEXTS = {"txt", "log", "csv", "vcf", "ics"}
#: Extensions of archives that are programs, or office files with macros; some are too large to be looked through.
_RUNNING_ARCHIVES = {
    "jar", "war", "ear", "apk", "aab", "xapk", "apks", "ipa", "vsix", "xpi", "crx", "nupkg", "msix", "appx", "whl",
    "docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppsm", "ppam",
}  # fmt: skip
#: How programs begin.
_RUNS = (b"MZ", b"\x7fELF", b"#!", b"@echo")


def sniff(raw: Raw, name: str = "") -> str:
    """Return the content type of a file, ``UNKNOWN`` unless it is a known one.

    ``raw`` is the whole file. A picture is recognized by its first bytes; whether it can be decoded is up to
    ``thumbnails``.
    """
    start = raw[:32]
    for begin, kind in _BEGINS:
        if start.startswith(begin):
            return kind
    for look in (_riff, _iso_media, _matroska, _ogg, _mpeg_audio, _zip, _compound, _pdf):
        found = look(raw)
        if found:
            return UNKNOWN if look is _zip and ending(name) in _RUNNING_ARCHIVES else found
    return _text(raw, name)


def is_page(raw: Raw) -> bool:
    """Return whether a file is an HTML page, such as a server sends in place of a file that it doesn't have."""
    start = raw[:_TEXT_START].decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body"))


def _riff(raw: Raw) -> str:
    return _RIFF.get(raw[8:12], UNKNOWN) if raw[:4] == b"RIFF" else ""


def _iso_media(raw: Raw) -> str:
    """MP4 and related formats; audio if there is no video track."""
    if raw[4:8] != b"ftyp":
        return ""
    brand = raw[8:12]
    if brand in _BRANDS:
        return _BRANDS[brand]
    pictures, sounds = _has(raw, b"vide"), _has(raw, b"soun")
    if brand.startswith((b"3gp", b"3g2")):
        return "video/3gpp" if pictures or not sounds else "audio/3gpp"
    return "audio/mp4" if sounds and not pictures else "video/mp4"


def _matroska(raw: Raw) -> str:
    if raw[:4] != b"\x1a\x45\xdf\xa3":
        return ""
    if b"webm" not in raw[:64]:
        return "video/x-matroska"
    return "video/webm" if _has(raw, b"V_VP") or _has(raw, b"V_AV1") else "audio/webm"


def _ogg(raw: Raw) -> str:
    if raw[:4] != b"OggS":
        return ""
    start = raw[:4096]
    if b"\x80theora" in start:
        return "video/ogg"
    return "audio/ogg" if any(mark in start for mark in (b"OpusHead", b"\x01vorbis", b"Speex   ")) else UNKNOWN


def _has(raw: Raw, mark: bytes) -> bool:
    return mark in raw[:_LOOK] or mark in raw[-_LOOK:]


def _mpeg_audio(raw: Raw) -> str:
    """A frame of MP3 (ISO 11172-3, 13818-3, and MPEG 2.5) or AAC (ADTS), with or without a checksum.

    A frame begins with eleven set bits; then come the version, the layer, and whether there is no checksum.
    """
    head = raw[:3]
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0 and version >= 2:
        return "audio/aac" if head[1] & 0xF0 == 0xF0 else ""
    bitrate, frequency = head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if layer == 1 and version != 1 and bitrate != 15 and frequency != 3 else ""


#: Where a 64-bit archive says so, and the bytes of a directory that is read.
_LOCATOR_OF_ZIP64, _MAX_DIRECTORY = b"PK\x06\x07", 1024 * 1024


def _zip(raw: Raw) -> str:
    """A zip archive, or the office file it contains. Only a few bytes that must be stored uncompressed are read."""
    if raw[:4] != b"PK\x03\x04":
        return ""
    end = raw.rfind(_END_OF_ZIP, max(0, len(raw) - _END_SPAN))
    if end < 0 or int.from_bytes(raw[end + 10 : end + 12], "little") > _MAX_ENTRIES:
        return _ZIP
    # The directory is read to its end, whatever number of entries is named; a 64-bit one may be of any size.
    is_large = raw[end - 20 : end - 16] == _LOCATOR_OF_ZIP64
    if is_large or int.from_bytes(raw[end + 12 : end + 16], "little") > _MAX_DIRECTORY:
        return _ZIP
    try:
        with ZipFile(BytesIO(raw) if isinstance(raw, bytes) else cast(IO[bytes], raw)) as archive:
            names = {entry.filename for entry in archive.infolist()[:_MAX_ENTRIES]}
    except (BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError):
        return _ZIP
    return _kind_of_archive(names, raw)


def _kind_of_archive(names: set[str], raw: Raw) -> str:
    runs = {"META-INF/MANIFEST.MF", "AndroidManifest.xml", "extension.vsixmanifest"}
    if names & runs or any(name.endswith(("vbaProject.bin", ".exe", ".js")) for name in names):
        return UNKNOWN
    if "[Content_Types].xml" in names:
        for part, kind in (
            ("word/document.xml", "wordprocessingml.document"),
            ("xl/workbook.xml", "spreadsheetml.sheet"),
            ("ppt/presentation.xml", "presentationml.presentation"),
        ):
            if part in names:
                return _OFFICE + kind
    # The first entry of an OpenDocument file is its type, uncompressed (ISO 26300, part 3, section 3.3).
    if raw[30:38] == b"mimetype":
        kind = raw[38:100].split(b"PK", 1)[0].decode("ascii", "replace")
        if kind in _OPEN_KINDS:
            return kind
    return _ZIP


def _compound(raw: Raw) -> str:
    """A legacy office file; installers and e-mails share the format and stay unknown."""
    if raw[:8] != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return ""
    if raw.find("_VBA_PROJECT".encode("utf-16-le")) >= 0:
        return UNKNOWN
    found = [kind for stream, kind in _STREAMS.items() if raw.find(stream.encode("utf-16-le")) >= 0]
    return found[0] if len(found) == 1 else UNKNOWN


def _pdf(raw: Raw) -> str:
    """A PDF, whose header may have something before it, but nothing that would run or render as a page."""
    before, header, _rest = raw[:_PDF_SPAN].partition(b"%PDF-")
    if not header or b"<" in before or before.lstrip().startswith(_RUNS):
        return ""
    return "application/pdf"


def _text(raw: Raw, name: str) -> str:
    """Plain text; anything that starts like markup or a script is not, whatever its name."""
    start = _start_of_text(raw, ending(name))
    if start is None:
        return UNKNOWN
    start = start.lstrip().lower()
    if start.startswith(("<", "#!", "@echo")) or any(mark in start for mark in ("<script", "<html", "<svg", "<?")):
        return UNKNOWN
    for begin, kind, ends in (
        ("begin:vcard", "text/vcard", {"vcf", "vcard"}),
        ("begin:vcalendar", "text/calendar", {"ics"}),
    ):
        if start.startswith(begin) and ending(name) in ends:
            return kind
    return _TEXTS.get(ending(name), UNKNOWN)


def _start_of_text(raw: Raw, end: str) -> str | None:
    """Return the beginning of a text in Unicode, or in an encoding of one country; None if the file is no text.

    Which country's does not matter: all keep the control characters, which a text has none of.
    """
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _decoded(raw, "utf-16")
    found = _decoded(raw, "utf-8-sig")
    return _decoded(raw, "latin-1") if found is None and end in _LEGACY_TEXTS else found


def _decoded(raw: Raw, encoding: str) -> str | None:
    """Return the beginning of the text; None if any of it can't be decoded, or is a control character."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = ""
    try:
        for at in range(0, len(raw) + 1, _TEXT_PART):
            part = decoder.decode(raw[at : at + _TEXT_PART], final=at + _TEXT_PART > len(raw))
            if any(ord(char) < 32 and char not in "\t\n\r\f" for char in set(part)):
                return None
            start = start or part[:_TEXT_START]
    except UnicodeDecodeError:
        return None
    return start


def ending(name: str) -> str:
    """Return the file extension in lower case; empty if there is none."""
    _stem, dot, end = name.rpartition(".")
    return end.lower() if dot else ""


#: Types a browser may show inline; everything else is downloaded.
SHOWN = frozenset({
    "image/jpeg", "image/png", "image/gif", "image/webp",
    "audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm", "audio/wav", "audio/aac", "audio/flac",
    "video/mp4", "video/webm", "video/ogg",
})  # fmt: skip
#: Pictures that get a thumbnail.
PICTURES = frozenset(kind for kind in SHOWN if kind.startswith("image/"))
