"""Files as people send them, and as nobody should."""

import struct
import zlib
from io import BytesIO
from zipfile import ZipFile

from PIL import Image

RED = (220, 30, 30)


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600), mode: str = "RGB", **more) -> bytes:
    out = BytesIO()
    Image.new(mode, size, RED if mode == "RGB" else None).save(out, kind, **more)
    return out.getvalue()


def photo_with_place() -> bytes:
    """A photo lying on its side that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "at the office"
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", (800, 400), exif=exif)


def bomb() -> bytes:
    """A PNG of a few bytes that says it has ten thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def archive(*names: str, first: bytes = b"") -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as made:
        if first:
            made.writestr("mimetype", first)
        for name in names:
            made.writestr(name, b"x")
    return out.getvalue()


def sound(seconds: float = 1.0) -> bytes:
    """Silence, as WAV."""
    samples = bytes(int(8000 * seconds))
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    data = b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(data)) + b"WAVE" + head + data


def compound(stream: str) -> bytes:
    """An office file of the older kind with one stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(64)


def movie(brand: bytes = b"isom", *tracks: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + bytes(8) + b"".join(b"hdlr" + bytes(8) + track + bytes(8) for track in tracks)


def matroska(kind: bytes, codec: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84" + kind + bytes(40) + codec + bytes(40)


def ogg(codec: bytes) -> bytes:
    return b"OggS\0\x02" + bytes(22) + codec + bytes(40)


PDF = b"%PDF-1.7\n%\xe2\xe3\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript>>>>endobj"
HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
