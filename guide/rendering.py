"""From the Markdown of a chapter to HTML.

The same files are read on pages that show a repository, so anchors stand before their headings as
``<a id="…"></a>``, links name files, and a line at the end leads to the chapters before and after. HTML of any other
kind is shown as text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

_ANCHOR = re.compile(r'^<a id="([a-z]+(?:-[a-z]+)*)"></a>\n\n(?=## )', re.MULTILINE)
_CHAPTER = re.compile(r"^([a-z-]+)\.md(#[a-z-]+)?$")
_PICTURE = re.compile(r"^(?:\.\./)+static/([\w/.-]+)$")
#: What follows is for readers of the file alone.
_FOOTER = "\n---\n"


@dataclass(frozen=True)
class Section:
    """A section of a chapter."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Text:
    """A chapter's text: ``summary`` is its first paragraph without markup, ``html`` all that follows the title."""

    title: str
    summary: str
    sections: tuple[Section, ...]
    html: SafeString


def render(markdown: str) -> Text:
    """Return the text of a chapter; raises ValueError if a section has no anchor."""
    body = markdown.partition(_FOOTER)[0]
    anchors = _ANCHOR.findall(body)
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_ANCHOR.sub("", body))
    title, tokens = _words(tokens[1]), tokens[3:]
    sections = _set_anchors(tokens, anchors)
    for token in _each(tokens):
        _adapt(token)
    # Markup of the chapter's own is escaped by the parser; the files are a part of the program.
    html = mark_safe(parser.renderer.render(tokens, parser.options, {}))
    return Text(title, _words(tokens[1]), sections, html)


def _set_anchors(tokens: Sequence[Token], anchors: Sequence[str]) -> tuple[Section, ...]:
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"]
    sections = []
    for place, anchor in zip(places, anchors, strict=True):
        tokens[place].attrSet("id", anchor)
        sections.append(Section(anchor, _words(tokens[place + 1])))
    return tuple(sections)


def _each(tokens: Sequence[Token]) -> Sequence[Token]:
    return [each for token in tokens for each in (token, *(token.children or ()))]


def _words(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


def _adapt(token: Token) -> None:
    """Let links lead to pages, and pictures come from where static files are served."""
    if token.type == "link_open":
        found = _CHAPTER.match(str(token.attrGet("href")))
        if found:
            token.attrSet("href", reverse("guide:chapter", args=[found[1]]) + (found[2] or ""))
    elif token.type == "image":
        found = _PICTURE.match(str(token.attrGet("src")))
        if found:
            token.attrSet("src", static(found[1]))
            for name, value in _size(settings.BASE_DIR / "static" / found[1]).items():
                token.attrSet(name, value)
            token.attrSet("loading", "lazy")


def _size(picture: Path) -> dict[str, Any]:
    """Return width and height, so that what is below a picture doesn't move once it is loaded."""
    with Image.open(picture) as image:
        return {"width": str(image.width), "height": str(image.height)}
