"""Links and emphasis in the text of messages (docs/rules.md, Conversation)."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.links import find_links
from core.rich_text import linked, to_html, to_plain

NEW_TAB = {"target": "_blank", "rel": "noopener noreferrer nofollow"}


class Reader(HTMLParser):
    """What a browser makes of some HTML: the elements with their attributes, and the text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.deepest = 0
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)
        self.deepest = max(self.deepest, len(self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


def addresses(text: str) -> list[str]:
    return [link.address for link in find_links(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.org/x", ["https://example.org/x"]),
        ("HTTP://EXAMPLE.ORG", ["HTTP://EXAMPLE.ORG"]),
        ("wa.me/5511999998888", ["https://wa.me/5511999998888"]),
        ("site.com.br", ["https://site.com.br"]),
        ("SITE.COM.BR", ["https://SITE.COM.BR"]),
        ("ação.com.br", ["https://ação.com.br"]),
        ("www.anything.example", ["https://www.anything.example"]),
        ("site.com:8080/a?b=1#c", ["https://site.com:8080/a?b=1#c"]),
        ("See:site.com.", ["https://site.com"]),
        ("ana.b_c+d@site.com.br!", ["mailto:ana.b_c+d@site.com.br"]),
        ("mailto:ana@site.com", ["mailto:ana@site.com"]),
        # What only follows an address is not part of it; what it opened is.
        ("Is it https://a.org/x?", ["https://a.org/x"]),
        ("(https://a.org/x), [https://b.org]", ["https://a.org/x", "https://b.org"]),
        ("(https://a.org/Cat_(animal))", ["https://a.org/Cat_(animal)"]),
        ('"https://a.org/x”, “site.com"', ["https://a.org/x", "https://site.com"]),
        ("'https://a.org/x'...", ["https://a.org/x"]),
        ("https://a.org/x<b>", ["https://a.org/x"]),
        # Numbers, names of files, sentences without a space, and other things with dots are no sites.
        ("1.500.00 and 12.30.pm", []),
        ("file.pdf photo.jpeg main.py notes.md run.sh logo.ai", []),
        ("site.com.pdf", []),
        ("site.py/about docs.site.py", ["https://site.py/about", "https://docs.site.py"]),
        ("Thanks.De nada. Yes.No", []),
        ("p.ex. e.g. a.m. etc...", []),
        ("javascript:alert(1) data:text/html,x ftp://site.com file://site.com", []),
        ("https:// http://. @site.com", []),
        ("a@b", []),
    ],
)
def test_what_is_a_link(text: str, expected: list[str]) -> None:
    assert addresses(text) == expected


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _italic_ ~struck~ `code`", "<strong>bold</strong> <em>italic</em> <s>struck</s> <code>code</code>"),
        ("*_~all~_*", "<strong><em><s>all</s></em></strong>"),
        ("(*in* brackets), *end*.", "(<strong>in</strong> brackets), <strong>end</strong>."),
        ("*two words*", "<strong>two words</strong>"),
        ("*one _two* three_", "<strong>one _two</strong> three_"),
        ("`*not* _in_ code.com`", "<code>*not* _in_ code.com</code>"),
        ("a ```*one*\ntwo``` b", 'a <code class="bubble__block">*one*\ntwo</code> b'),
        ("```\none\n```", '<code class="bubble__block">one\n</code>'),
        ("*É*", "<strong>É</strong>"),
        # Not at the edges of words, across lines, doubled, or around nothing.
        ("snake_case_name", "snake_case_name"),
        ("2*3*4 and 2 * 3 * 4", "2*3*4 and 2 * 3 * 4"),
        ("*a\nb*", "*a\nb*"),
        ("**a** __init__", "**a** __init__"),
        ("** _ _ ~~ `` ``` ```", "** _ _ ~~ `` ``` ```"),
        ("*open", "*open"),
        ("`open", "`open"),
        ("```open", "```open"),
        ("<b>*&*</b>", "&lt;b&gt;<strong>&amp;</strong>&lt;/b&gt;"),
    ],
)
def test_emphasis_is_read_as_whatsapp_reads_it(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("text", "plain", "address"),
    [
        ("https://a.org/b_c_d", "https://a.org/b_c_d", "https://a.org/b_c_d"),
        ("_see https://a.org/b_", "see https://a.org/b", "https://a.org/b"),
        ("https://a.org/b_", "https://a.org/b_", "https://a.org/b_"),
        ("*https://a.org*", "https://a.org", "https://a.org"),
        ("*site.com*", "site.com", "https://site.com"),
        ("_site.com_", "site.com", "https://site.com"),
    ],
)
def test_markers_and_addresses_do_not_disturb_each_other(text: str, plain: str, address: str) -> None:
    read = Reader(to_html(text))
    assert read.text == to_plain(text) == plain
    assert [attrs["href"] for tag, attrs in read.elements if tag == "a"] == [address]


def test_a_mention_is_marked_outside_addresses_alone() -> None:
    html = to_html("@Ana B and https://a.org/@Ana", ["Ana B", "Ana"])
    assert html.startswith('<mark class="mention">@Ana B</mark> and <a href="https://a.org/')
    assert Reader(html).text == "@Ana B and https://a.org/@Ana"


def test_fields_have_links_and_no_emphasis() -> None:
    html = linked("*a* site.com <b>")
    assert html.startswith("*a* <a ")
    assert html.endswith(">site.com</a> &lt;b&gt;")


PIECES = st.sampled_from(
    ["*", "_", "~", "`", "```", "\n", " ", "a", "É", "1", ".", "(", ")", '"', "'", "<", ">", "&", "@", "/", ":",
     "x.com", "https://", "www.", "<script>", "&lt;", "\u202e", "🙂"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
@example("https://a.org/`b`_")
def test_what_is_read_is_what_was_written_without_its_markers(text: str) -> None:
    text = text.replace("\r", "").replace("\x00", "")
    read = Reader(to_html(text))
    assert read.text == to_plain(text)
    assert not read.open
    assert read.deepest <= 4
    # Only markers are left out, and nothing moves.
    left = iter(text)
    assert all(any(char == other for other in left) for char in read.text)
    assert re.sub(r"[*_~`\n]", "", read.text) == re.sub(r"[*_~`\n]", "", text)
    blocks = [attributes for _tag, attributes in read.elements if "class" in attributes]
    assert text.count("\n") - read.text.count("\n") <= len(blocks)
    for tag, attributes in read.elements:
        assert tag in {"a", "strong", "em", "s", "code"}
        if tag == "a":
            address = attributes.pop("href") or ""
            assert re.match(r"(https?://|mailto:)", address, re.IGNORECASE)
            assert attributes == NEW_TAB
        else:
            assert attributes in ({}, {"class": "bubble__block"})


@pytest.mark.parametrize(
    "piece",
    ["*", "_", "`", "```", "*a ", "_a", "a_", "`a", "a.", "a-", "a@", "1.", "(", "https://(", "www.", "a.com ",
     "_ a.com ", "_a.com", "https://a*", "a.b.c.d.e.f.g.h.i.j."],
)  # fmt: skip
def test_time_grows_with_the_length_alone(piece: str) -> None:
    """Ten thousand and a hundred thousand letters of what costs most: a square would be a hundred times as much."""
    for length in (10_000, 100_000):
        start = time.process_time()
        to_html(piece * (length // len(piece)))
        assert time.process_time() - start < 3
