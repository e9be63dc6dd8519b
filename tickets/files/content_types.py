"""Content types, detected from a file's bytes alone (docs/rules.md, Files).

An allowlist of what people send each other. Everything else is ``UNKNOWN``: stored and passed on unchanged, but never
labelled as something a browser would open. Anything that can run or render as a page (programs, HTML, SVG, scripts,
office files with macros) is deliberately unknown. The file name can only reduce trust.
"""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

UNKNOWN = "application/octet-stream"
_ZIP = "application/zip"
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
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
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
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"msf1": "image/heif",
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


def sniff(raw: bytes, name: str = "") -> str:
    """Return the content type of a file, ``UNKNOWN`` unless it is a known one.

    ``raw`` is the whole file. A picture is recognized by its first bytes; whether it can be decoded is up to
    ``thumbnails``.
    """
    for begin, kind in _BEGINS:
        if raw.startswith(begin):
            return kind
    for look in (_riff, _iso_media, _matroska, _ogg, _zip, _compound):
        found = look(raw)
        if found:
            return found
    return _text(raw, name)


def _riff(raw: bytes) -> str:
    return _RIFF.get(raw[8:12], UNKNOWN) if raw.startswith(b"RIFF") else ""


def _iso_media(raw: bytes) -> str:
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


def _matroska(raw: bytes) -> str:
    if not raw.startswith(b"\x1a\x45\xdf\xa3"):
        return ""
    if b"webm" not in raw[:64]:
        return "video/x-matroska"
    return "video/webm" if _has(raw, b"V_VP") or _has(raw, b"V_AV1") else "audio/webm"


def _ogg(raw: bytes) -> str:
    if not raw.startswith(b"OggS"):
        return ""
    start = raw[:4096]
    if b"\x80theora" in start:
        return "video/ogg"
    return "audio/ogg" if any(mark in start for mark in (b"OpusHead", b"\x01vorbis", b"Speex   ")) else UNKNOWN


def _has(raw: bytes, mark: bytes) -> bool:
    return mark in raw[:_LOOK] or mark in raw[-_LOOK:]


def _zip(raw: bytes) -> str:
    """A zip archive, or the office file it contains. Only a few bytes that must be stored uncompressed are read."""
    if not raw.startswith(b"PK\x03\x04"):
        return ""
    end = raw.rfind(_END_OF_ZIP, max(0, len(raw) - _END_SPAN))
    if end < 0 or int.from_bytes(raw[end + 10 : end + 12], "little") > _MAX_ENTRIES:
        return _ZIP
    try:
        with ZipFile(BytesIO(raw)) as archive:
            names = {entry.filename for entry in archive.infolist()[:_MAX_ENTRIES]}
    except (BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError):
        return _ZIP
    return _kind_of_archive(names, raw)


def _kind_of_archive(names: set[str], raw: bytes) -> str:
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


def _compound(raw: bytes) -> str:
    """A legacy office file; installers and e-mails share the format and stay unknown."""
    if not raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ""
    if "_VBA_PROJECT".encode("utf-16-le") in raw:
        return UNKNOWN
    found = [kind for stream, kind in _STREAMS.items() if stream.encode("utf-16-le") in raw]
    return found[0] if len(found) == 1 else UNKNOWN


def _text(raw: bytes, name: str) -> str:
    """Plain text; anything that starts like markup or a script is not, whatever its name."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return UNKNOWN
    if any(ord(char) < 32 and char not in "\t\n\r\f" for char in set(text)):
        return UNKNOWN
    start = text[:4096].lstrip().lower()
    if start.startswith(("<", "#!", "@echo")) or any(mark in start for mark in ("<script", "<html", "<svg", "<?")):
        return UNKNOWN
    for begin, kind, ends in (
        ("begin:vcard", "text/vcard", {"vcf", "vcard"}),
        ("begin:vcalendar", "text/calendar", {"ics"}),
    ):
        if start.startswith(begin) and ending(name) in ends:
            return kind
    return _TEXTS.get(ending(name), UNKNOWN)


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
