"""Text of messages as people read it: links, and the emphasis that WhatsApp's markers give.

``*bold*``, ``_italic_``, ``~struck~``, `` `code` `` within a line, ```` ```block``` ```` across lines. What is stored
and sent is never changed: markers are read when text is shown. Parsing takes time in proportion to the length.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from unicodedata import combining

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from core.links import find_links

register = template.Library()

_FENCE = "```"
_ELEMENTS = {"*": "strong", "_": "em", "~": "s"}
_MARKER = re.compile(r"[*_~]")
_TEXT, _OPEN, _CLOSE, _CODE, _BLOCK, _LINK, _MENTION = range(7)


@dataclass
class _Piece:
    """A part of a text: what it is, its text, and of a link its address."""

    kind: int
    text: str
    address: str = ""


@register.filter
def rich_text(text: str) -> SafeString:
    """Return a message's text as HTML, with links and emphasis."""
    return to_html(text)


@register.filter
def plain_text(text: str) -> str:
    """Return a message's text without the markers of emphasis, for previews."""
    return to_plain(text)


@register.filter
def linked(text: str) -> SafeString:
    """Return a text that is not a message (a field, say) as HTML with its links, and nothing else."""
    return mark_safe("".join(map(_html, _links_in(text))))


def to_html(text: str, mentions: Collection[str] = ()) -> SafeString:
    """Return a text as HTML. ``mentions``: names that are marked where the text has them after an @."""
    return mark_safe("".join(_html(piece) for piece in _pieces(text, mentions)))  # each piece escapes its own text


def to_plain(text: str) -> str:
    """Return a text without the markers that ``to_html`` reads."""
    return "".join(piece.text for piece in _pieces(text, ()) if piece.kind not in (_OPEN, _CLOSE))


def _html(piece: _Piece) -> str:
    if piece.kind == _OPEN:
        return f"<{_ELEMENTS[piece.text]}>"
    if piece.kind == _CLOSE:
        return f"</{_ELEMENTS[piece.text]}>"
    if piece.kind == _LINK:
        return format_html(
            '<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>', piece.address, piece.text
        )
    templates = {
        _CODE: "<code>{}</code>", _BLOCK: '<code class="bubble__block">{}</code>',
        _MENTION: '<mark class="mention">{}</mark>',
    }  # fmt: skip
    return format_html(templates[piece.kind], piece.text) if piece.kind in templates else escape(piece.text)


def _pieces(text: str, mentions: Collection[str]) -> Iterator[_Piece]:
    """Split a text at its blocks of code, and what is between them into lines."""
    called = _pattern_of(mentions)
    at = 0
    while True:
        start = text.find(_FENCE, at)
        end = text.find(_FENCE, start + len(_FENCE) + 1) if start >= 0 else -1
        block = text[start + len(_FENCE) : end]
        between = text[at:start] if end >= 0 else text[at:]
        for line in between.splitlines(keepends=True):
            yield from _line(line, called)
        if end < 0:
            return
        # The end of the line that opens a block belongs to its mark.
        yield (
            _Piece(_BLOCK, block.removeprefix("\n"))
            if block.strip()
            else _Piece(_TEXT, text[start : end + len(_FENCE)])
        )
        at = end + len(_FENCE)


def _pattern_of(mentions: Collection[str]) -> re.Pattern[str] | None:
    names = sorted({f"@{name}" for name in mentions}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None


def _line(line: str, called: re.Pattern[str] | None) -> list[_Piece]:
    """Return the pieces of a line: code first, then links and mentions, then emphasis in what is left."""
    atoms: list[_Piece] = []
    for number, part in enumerate(_code_apart(line)):
        if number % 2:
            atoms.append(_Piece(_CODE, part))
        else:
            atoms += _links_apart(part, called)
    return _emphasized([atom for atom in atoms if atom.text])


def _code_apart(line: str) -> Iterator[str]:
    """Yield text and code in turn, beginning with text."""
    at = 0
    while True:
        start = line.find("`", at)
        end = line.find("`", start + 1) if start >= 0 else -1
        if end < 0:
            yield line[at:]
            return
        if not line[start + 1 : end].strip():
            # Nothing between two marks: both are text, together with what follows.
            end = _end_of_marks(line, end)
            yield line[at:end]
            yield ""
            at = end
            continue
        yield line[at:start]
        yield line[start + 1 : end]
        at = end + 1


def _end_of_marks(line: str, at: int) -> int:
    while at < len(line) and line[at] == "`":
        at += 1
    return at


def _links_apart(text: str, called: re.Pattern[str] | None) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    for found in called.finditer(text) if called else ():
        pieces += _links_in(text[at : found.start()])
        pieces.append(_Piece(_MENTION, found.group()))
        at = found.end()
    return pieces + _links_in(text[at:])


def _links_in(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    emphasis = _first_opening(text)
    for link in find_links(text):
        # An underscore may end an address; it ends emphasis if some has begun.
        end = link.end - 1 if text[link.end - 1] == "_" and 0 <= emphasis < link.start else link.end
        pieces.append(_Piece(_TEXT, text[at : link.start]))
        pieces.append(_Piece(_LINK, text[link.start : end], link.address[: len(link.address) - (link.end - end)]))
        at = end
    return [*pieces, _Piece(_TEXT, text[at:])]


def _first_opening(text: str) -> int:
    """Return where the first underscore stands that can begin emphasis, or -1."""
    for found in re.finditer("_", text):
        at = found.start()
        if _opens("_", text[at - 1 : at] if at else "", text[at + 1 : at + 2]):
            return at
    return -1


def _opens(marker: str, before: str, after: str) -> bool:
    """Return whether a marker can begin emphasis: at the beginning of a word, not doubled."""
    return bool(after) and not after.isspace() and marker not in (before, after) and not _is_word(before)


def _closes(marker: str, before: str, after: str) -> bool:
    """Return whether a marker can end emphasis: at the end of a word, not doubled."""
    return bool(before) and not before.isspace() and marker not in (before, after) and not _is_word(after)


def _is_word(char: str) -> bool:
    return bool(char) and (char.isalnum() or bool(combining(char)))


def _emphasized(atoms: list[_Piece]) -> list[_Piece]:
    """Turn pairs of markers in the text among the atoms into emphasis.

    Of each marker one pair is open at a time, so nesting is at most three deep; markers left open are text.
    """
    pieces: list[_Piece] = []
    open_: list[tuple[str, int]] = []
    for number, atom in enumerate(atoms):
        if atom.kind != _TEXT:
            pieces.append(atom)
            continue
        at = 0
        for found in _MARKER.finditer(atom.text):
            marker, place = found.group(), found.start()
            before = atom.text[place - 1] if place else (atoms[number - 1].text[-1] if number else "")
            after = atom.text[place + 1 : place + 2] or (atoms[number + 1].text[0] if number + 1 < len(atoms) else "")
            begun = next((i for i, (one, _at) in enumerate(open_) if one == marker), None)
            ends = begun is not None and _closes(marker, before, after)
            if not ends and (begun is not None or not _opens(marker, before, after)):
                continue
            if place > at:
                pieces.append(_Piece(_TEXT, atom.text[at:place]))
            at = place + 1
            if ends and begun is not None:
                pieces[open_[begun][1]].kind = _OPEN
                pieces.append(_Piece(_CLOSE, marker))
                del open_[begun:]
            else:
                open_.append((marker, len(pieces)))
                pieces.append(_Piece(_TEXT, marker))
        if at < len(atom.text):
            pieces.append(_Piece(_TEXT, atom.text[at:]))
    return pieces
