"""What a file is, by its bytes (docs/rules.md, Files)."""

from mmap import ACCESS_READ, mmap

import pytest

from core.files.content_types import PICTURES, SHOWN, UNKNOWN, sniff
from core.files.filenames import clean_name
from core.files.thumbnails import picture_of
from tests.tickets import samples

OFFICE = "application/vnd.openxmlformats-officedocument."
KNOWN = [
    ("a.jpg", samples.picture("JPEG"), "image/jpeg"),
    ("a.png", samples.picture("PNG"), "image/png"),
    ("a.gif", samples.picture("GIF"), "image/gif"),
    ("a.webp", samples.picture("WEBP"), "image/webp"),
    ("photo.heic", samples.movie(b"heic"), "image/heic"),
    ("tall.heic", samples.movie(b"heim"), "image/heic"),
    ("burst.heic", samples.movie(b"hevc"), "image/heic"),
    ("a.pdf", samples.PDF, "application/pdf"),
    ("a.docx", samples.archive("[Content_Types].xml", "word/document.xml"), OFFICE + "wordprocessingml.document"),
    ("a.xlsx", samples.archive("[Content_Types].xml", "xl/workbook.xml"), OFFICE + "spreadsheetml.sheet"),
    ("a.pptx", samples.archive("[Content_Types].xml", "ppt/presentation.xml"),
     OFFICE + "presentationml.presentation"),
    ("a.odt", samples.archive("content.xml", first=b"application/vnd.oasis.opendocument.text"),
     "application/vnd.oasis.opendocument.text"),
    ("a.doc", samples.compound("WordDocument"), "application/msword"),
    ("a.xls", samples.compound("Workbook"), "application/vnd.ms-excel"),
    ("a.zip", samples.archive("a.txt"), "application/zip"),
    ("a.rtf", b"{\\rtf1 hello}", "application/rtf"),
    ("a.mp3", b"ID3\x04" + bytes(20), "audio/mpeg"),
    ("a.mp3", b"\xff\xfb\x90\0" + bytes(20), "audio/mpeg"),
    ("crc.mp3", b"\xff\xfa\x90\0" + bytes(20), "audio/mpeg"),
    ("low.mp3", b"\xff\xe3\x48\xc4" + bytes(20), "audio/mpeg"),
    ("low-crc.mp3", b"\xff\xe2\x48\xc4" + bytes(20), "audio/mpeg"),
    ("half.mp3", b"\xff\xf3\x48\xc4" + bytes(20), "audio/mpeg"),
    ("half-crc.mp3", b"\xff\xf2\x48\xc4" + bytes(20), "audio/mpeg"),
    ("a.aac", b"\xff\xf1\x50\x80" + bytes(20), "audio/aac"),
    ("crc.aac", b"\xff\xf0\x50\x80" + bytes(20), "audio/aac"),
    ("old.aac", b"\xff\xf8\x50\x80" + bytes(20), "audio/aac"),
    ("a.wav", samples.sound(), "audio/wav"),
    ("a.ogg", samples.ogg(b"OpusHead"), "audio/ogg"),
    ("a.ogv", samples.ogg(b"\x80theora"), "video/ogg"),
    ("a.m4a", samples.movie(b"M4A "), "audio/mp4"),
    ("voice.mp4", samples.movie(b"iso5", b"soun"), "audio/mp4"),
    ("a.mp4", samples.movie(b"isom", b"soun", b"vide"), "video/mp4"),
    ("a.mov", samples.movie(b"qt  ", b"vide"), "video/quicktime"),
    ("a.3gp", samples.movie(b"3gp4", b"vide", b"soun"), "video/3gpp"),
    ("a.webm", samples.matroska(b"webm", b"A_OPUS"), "audio/webm"),
    ("a.webm", samples.matroska(b"webm", b"V_VP9"), "video/webm"),
    ("a.mkv", samples.matroska(b"matroska", b"V_VP9"), "video/x-matroska"),
    ("a.amr", b"#!AMR\n" + bytes(20), "audio/amr"),
    ("a.txt", "Olá, 你好 🙂\n".encode(), "text/plain"),
    ("a.csv", b"\xef\xbb\xbfa;b\r\n1;2\r\n", "text/csv"),
    ("bom.pdf", b"\xef\xbb\xbf\r\n" + samples.PDF, "application/pdf"),
    ("late.pdf", b"\0" * 1019 + samples.PDF, "application/pdf"),
    ("excel.csv", "nome;valor\r\nJoão;1,50 €\r\n".encode("cp1252"), "text/csv"),
    ("russian.txt", "Привет, мир".encode("cp1251"), "text/plain"),
    ("japanese.txt", "こんにちは".encode("shift-jis"), "text/plain"),
    ("notepad.txt", "Olá".encode("utf-16"), "text/plain"),
    ("notepad.csv", "a;é".encode("utf-16-be").join((b"\xfe\xff", b"")), "text/csv"),
    ("long.txt", "ã".encode() * 800_000, "text/plain"),
    ("old.vcf", "BEGIN:VCARD\nFN:João\n".encode("cp1252"), "text/vcard"),
    ("card.vcf", b"BEGIN:VCARD\nEND:VCARD\n", "text/vcard"),
    ("day.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar"),
]  # fmt: skip
#: What can act where it is opened, or what nobody knows.
UNTRUSTED = [
    ("picture.png", samples.HTML),
    ("page.html", samples.HTML),
    ("page.txt", b"  \n\t" + samples.HTML),
    ("page.txt", "\ufeff".encode() + samples.HTML),
    ("note.txt", b"Hello <script>alert(1)</script>"),
    ("drawing.svg", samples.SVG),
    ("drawing.png", samples.SVG),
    ("drawing.txt", b"<!-- --><svg onload=alert(1)>"),
    ("feed.xml", b"<?xml version='1.0'?><a/>"),
    ("program.exe", b"MZ" + bytes(100) + b"PE\0\0"),
    ("picture.jpg", b"MZ" + bytes(100) + b"PE\0\0"),
    ("program", b"\x7fELF" + bytes(100)),
    ("run.sh", b"#!/bin/sh\nrm -rf /\n"),
    ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
    ("run.bat", b"echo hello\r\n"),
    ("code.js", b"alert(1)"),
    ("program.jar", samples.archive("META-INF/MANIFEST.MF", "A.class")),
    ("large.jar", samples.archive(*(f"{n}.class" for n in range(2_001)), "META-INF/MANIFEST.MF")),
    ("renamed.xlsm", samples.archive("[Content_Types].xml", "xl/workbook.xml")),
    ("program.apk", samples.archive("AndroidManifest.xml")),
    ("macros.docm", samples.archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
    ("installer.msi", samples.compound("Installer")),
    ("macros.doc", samples.compound("WordDocument") + "_VBA_PROJECT".encode("utf-16-le")),
    ("data.bin", bytes(range(256))),
    ("data.txt", b"a\0b"),
    ("data.csv", b"\xff\xd0\x01\x02"),
    ("odd.txt", b"\xff\xfea\0b"),
    ("late.txt", "ã".encode() * 800_000 + b"\0"),
    ("page.txt", "<script>alert(1)</script>".encode("utf-16")),
    ("page.csv", b"<script>alert('\xe9')</script>"),
    ("noise.mp3", b"\xff\xfb\xff\0" + bytes(20)),
    ("both.pdf", samples.HTML + samples.PDF),
    ("program.pdf", b"MZ" + bytes(50) + samples.PDF),
    ("far.pdf", b"\0" * 1024 + samples.PDF),
    ("data.ogg", b"OggS" + bytes(40)),
    ("film.avi", b"RIFF" + bytes(4) + b"JUNK" + bytes(20)),
]


@pytest.mark.parametrize(("name", "raw", "kind"), KNOWN, ids=lambda v: v if isinstance(v, str) else "")
def test_a_file_is_what_its_bytes_say(name, raw, kind):
    assert sniff(raw, name) == kind


@pytest.mark.parametrize(("name", "raw"), UNTRUSTED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_could_act_or_is_not_known_has_no_type(name, raw):
    assert sniff(raw, name) == UNKNOWN


@pytest.mark.parametrize(("name", "raw", "kind"), KNOWN, ids=lambda v: v if isinstance(v, str) else "")
def test_a_name_gives_no_trust(name, raw, kind):
    """With a name that lies a file is what it was, or nothing known."""
    assert sniff(raw, "page.html") in {kind, UNKNOWN}
    assert sniff(raw, "drawing.svg") in {kind, UNKNOWN}


@pytest.mark.parametrize(("name", "raw", "kind"), [*KNOWN, *((*one, UNKNOWN) for one in UNTRUSTED)], ids=lambda v: "")
def test_a_file_that_is_not_in_memory_is_the_same(tmp_path, name, raw, kind):
    kept = tmp_path / "file"
    kept.write_bytes(raw)
    with kept.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        assert sniff(mapped, name) == kind


@pytest.mark.parametrize("length", [0, 1, 3, 7, 8, 12, 30])
@pytest.mark.parametrize(("name", "raw", "kind"), KNOWN[:4] + KNOWN[8:11] + KNOWN[22:27], ids=lambda v: "")
def test_a_file_cut_off_anywhere_is_read_without_failing(name, raw, kind, length):
    sniff(raw[:length], name)
    sniff(raw[:-5], name)


def test_an_archive_with_very_many_entries_is_not_looked_through():
    many = samples.archive(*(f"{n}.txt" for n in range(2_100)), "word/document.xml", "[Content_Types].xml")
    assert sniff(many, "a.docx") == "application/zip"


def test_an_archive_that_names_fewer_files_than_it_lists_is_not_read_to_its_end():
    """Its directory is as large as it likes, whatever number of entries the end of the archive names."""
    names = ("[Content_Types].xml", "word/document.xml", *(f"{n:0100}" for n in range(8_000)))
    raw = samples.archive(*names)
    end = raw.rfind(b"PK\x05\x06")
    said = raw[: end + 8] + (3).to_bytes(2, "little") * 2 + raw[end + 12 :]
    assert sniff(said, "a.docx") == "application/zip"
    few = samples.archive(*names[:3])
    assert sniff(few, "a.docx").endswith("wordprocessingml.document")


def test_nothing_that_can_act_is_shown_in_the_page():
    assert not {kind for kind in SHOWN if "svg" in kind or "html" in kind or "xml" in kind or "pdf" in kind}
    assert {kind.partition("/")[0] for kind in SHOWN} == {"image", "audio", "video"}
    assert UNKNOWN not in SHOWN


class TestPictures:
    def test_a_small_one_has_the_shape_of_the_large_one(self):
        made = picture_of(samples.picture("PNG", (2000, 1000)), "image/png")
        assert (made.width, made.height) == (2000, 1000)
        with samples.Image.open(samples.BytesIO(made.thumbnail)) as small:
            assert (small.format, small.size) == ("WEBP", (720, 360))

    def test_one_that_is_small_already_does_not_grow(self):
        made = picture_of(samples.picture("PNG", (20, 10)), "image/png")
        with samples.Image.open(samples.BytesIO(made.thumbnail)) as small:
            assert small.size == (20, 10)

    def test_a_photo_stands_upright_and_says_no_more_where_it_was_taken(self):
        raw = samples.photo_with_place()
        assert b"at the office" in raw
        made = picture_of(raw, "image/jpeg")
        assert (made.width, made.height) == (400, 800)
        with samples.Image.open(samples.BytesIO(made.thumbnail)) as small:
            assert small.size == (360, 720)
            assert not small.getexif()
        assert b"office" not in made.thumbnail

    @pytest.mark.parametrize(
        ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16"), ("PNG", "1"),
                           ("JPEG", "CMYK"), ("JPEG", "L"), ("GIF", "P"), ("WEBP", "RGBA")]
    )  # fmt: skip
    def test_every_way_to_write_colours(self, kind, mode):
        made = picture_of(samples.picture(kind, (50, 40), mode), f"image/{kind.lower()}")
        assert made is not None
        assert (made.width, made.height) == (50, 40)

    def test_a_bomb_is_refused_before_it_is_decoded(self):
        from core.errors import Invalid

        with pytest.raises(Invalid) as refusal:
            picture_of(samples.bomb(), "image/png")
        assert refusal.value.code == "picture_too_large"

    @pytest.mark.parametrize("kind", sorted(PICTURES))
    def test_what_only_begins_like_one_is_none(self, kind):
        raw = samples.picture(kind.partition("/")[2].upper(), (300, 300))
        assert picture_of(raw[:40], kind) is None
        assert picture_of(b"GIF89a" + samples.HTML, "image/gif") is None


NAMES = [
    ("photo.png", "photo.png"),
    ("C:\\Users\\me\\bill.pdf", "bill.pdf"),
    ("../../etc/passwd", "passwd"),
    ("a/b/c.txt", "c.txt"),
    ("a\0b.txt", "ab.txt"),
    ("bill\u202efdp.exe", "billfdp.exe"),
    ("line\nbreak\r.txt", "line break .txt"),
    ("   spaced   out .txt  ", "spaced out .txt"),
    ("...hidden", "hidden"),
    ('a<b>"c|d?.txt', "a_b__c_d_.txt"),
    ("", "file.pdf"),
    ("..", "file.pdf"),
    ("/", "file.pdf"),
    ("Rechnung März 你好 🙂.pdf", "Rechnung März 你好 🙂.pdf"),
    ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ("x." + "y" * 300, "x." + "y" * 118),
]


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_names_are_made_fit(given, kept):
    assert clean_name(given, "application/pdf") == kept
    assert len(kept) <= 120
