"""What the channel sent, by the two words it has for it (docs/rules.md, Files)."""

from hypothesis import example, given
from hypothesis import strategies as st

from tickets.files.download import name_of
from tickets.files.kinds import Kind, classify

HTTP = "https://files.example.org/a"
KINDS = {
    ("image", HTTP): Kind.PICTURE,
    ("image:", HTTP): Kind.PICTURE,
    ("image/jpeg", HTTP): Kind.PICTURE,
    ("IMAGE/PNG; q=1", " " + HTTP + " "): Kind.PICTURE,
    ("audio:ogg", HTTP): Kind.AUDIO,
    ("audio/ogg; codecs=opus", HTTP): Kind.AUDIO,
    ("video", HTTP): Kind.VIDEO,
    ("document", HTTP): Kind.DOCUMENT,
    ("application/pdf:", HTTP): Kind.DOCUMENT,
    ("text/vcard", HTTP): Kind.DOCUMENT,
    # What can be fetched is a file, whatever it is called.
    ("", HTTP): Kind.DOCUMENT,
    ("unavailable", HTTP): Kind.DOCUMENT,
    ("contact", HTTP): Kind.DOCUMENT,
    ("unknown:", HTTP): Kind.DOCUMENT,
    # An address that can't be fetched.
    ("image/jpeg", "/media/a.jpg"): Kind.PICTURE,
    ("video", "ftp://files.example.org/a.mp4"): Kind.VIDEO,
    ("document", "a file with blanks.pdf"): Kind.DOCUMENT,
    # Nothing that could be read or fetched.
    ("", ""): Kind.UNSUPPORTED,
    ("image", ""): Kind.UNSUPPORTED,
    ("unavailable", ""): Kind.UNSUPPORTED,
    ("contact", "Somebody, +55 11 90000-0000"): Kind.UNSUPPORTED,
    ("geo", ""): Kind.UNSUPPORTED,
    ("geo", HTTP): Kind.UNSUPPORTED,
    ("geo", "91,0"): Kind.UNSUPPORTED,
    ("geo", "0,180.5"): Kind.UNSUPPORTED,
    ("geo", "nan,nan"): Kind.UNSUPPORTED,
    ("geo", "1e1,2"): Kind.UNSUPPORTED,
    ("geo", "-23,55,-46,63"): Kind.UNSUPPORTED,
    ("geo", "-23.55"): Kind.UNSUPPORTED,
    ("geo", "١,٢"): Kind.UNSUPPORTED,
}
PLACES = {
    ("geo", "-23.5505,-46.6333"): "-23.5505, -46.6333",
    ("geo", " -23.5505 , -46.6333 "): "-23.5505, -46.6333",
    ("geo:", "0,0"): "0, 0",
    ("", "geo:-23.5505,-46.6333"): "-23.5505, -46.6333",
    ("geo", "GEO:48.2010,16.3695,183;crs=wgs84;u=10?z=3"): "48.201, 16.3695",
    ("geo", "+90,-180.000"): "90, -180",
    ("geo", "-0.00000001,12.12345678"): "0, 12.123457",
}


def test_what_the_channel_sent_has_a_kind() -> None:
    found = {words: classify(*words).kind for words in KINDS}
    assert found == KINDS


def test_a_location_is_a_place_on_earth() -> None:
    found = {words: classify(*words) for words in PLACES}
    assert {words: str(one.place) for words, one in found.items()} == PLACES
    assert {one.kind for one in found.values()} == {Kind.LOCATION}
    place = classify("geo", "-23.5505,-46.6333").place
    assert place is not None
    assert place.map_url == "https://www.openstreetmap.org/?mlat=-23.5505&mlon=-46.6333#map=16/-23.5505/-46.6333"


@given(st.text(max_size=40) | st.sampled_from(["geo", "image:", "unavailable"]), st.text(max_size=200))
@example("geo", "1," * 500)
@example("image", "http://[::1")
@example("image", "http://a/\ud800")
@example("", "http://" + "a" * 70_000)
def test_any_two_words_are_something(content_type: str, url: str) -> None:
    found = classify(content_type, url)
    assert (found.place is not None) == (found.kind == Kind.LOCATION)
    assert isinstance(name_of(url), str)
