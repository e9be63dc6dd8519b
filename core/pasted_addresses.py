"""Read e-mail addresses, and the names beside them, as people paste them from spreadsheets, address books and mail
programs (docs/rules.md, Invitations)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import ngettext

from .email_addresses import LONGEST, address_error, canonical, without_wrapping
from .errors import Invalid
from .person_names import PersonName, is_like_name, parse_name
from .text_tables import COLUMNS, Header, header_of

#: Maximum number of addresses per list.
MAX_ADDRESSES = 200
#: Maximum length of a rejected piece when it is shown.
_SHOWN = 80

_LINE_ENDS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
#: What stands for a plain character: full-width forms, curly quotes, and spaces of any width.
_PLAIN: dict[int, str] = {
    **dict.fromkeys(map(ord, "＠﹫"), "@"),
    **dict.fromkeys(map(ord, "，、"), ","),
    **dict.fromkeys(map(ord, "；"), ";"),
    **dict.fromkeys(map(ord, "＜"), "<"),
    **dict.fromkeys(map(ord, "＞"), ">"),
    **dict.fromkeys(map(ord, "“”„«»＂"), '"'),
    **dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
}
_NUMBERING = re.compile(r"\s*(?:[-–—*•·▪◦‣○●>]+\s+|[•·▪◦‣○●]|\(?\d{1,3}(?:[)\]]\s*|[.:]\s+))")
_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"
    | \[(?P<label>[^\[\]]*)\]\(\s*(?P<link>[^()\s]*)\s*\)
    | <(?P<bracket>[^<>]*)>
    | \((?P<comment>[^()]*)\)
    | (?P<separator>[,;\t|])
    | (?P<word>[^\s,;|<>()\[\]"]+)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Rejected:
    """A piece of text that is not a usable address, and the reason as a sentence."""

    text: str
    why: str


@dataclass(frozen=True)
class ParsedAddresses:
    """The result of parsing: unique canonical addresses in their original order, the rejected pieces, and the names
    that stood beside addresses."""

    addresses: list[str] = field(default_factory=list)
    wrong: list[Rejected] = field(default_factory=list)
    names: dict[str, PersonName] = field(default_factory=dict)

    def name_of(self, address: str) -> PersonName:
        """Return the name that stood beside an address; an empty one if none did."""
        return self.names.get(address, PersonName())


@dataclass
class _Entry:
    """An address as it stands, with the text it was found in; ``beside`` is the name next to it."""

    address: str
    raw: str
    beside: str = ""
    name: PersonName = field(default_factory=PersonName)


@dataclass
class _Cell:
    """A part of a line between separators: addresses, or text."""

    raw: str
    text: str
    entries: list[_Entry]
    #: The separator in front of it.
    after: str = ""


@dataclass
class _Line:
    raw: str
    cells: list[_Cell]

    @property
    def entries(self) -> list[_Entry]:
        return [entry for cell in self.cells for entry in cell.entries]

    @property
    def shape(self) -> tuple[bool, ...]:
        return tuple(bool(cell.entries) for cell in self.cells)


def parse_addresses(text: str) -> ParsedAddresses:
    """Parse pasted text: a list, a column, or a table with names, as Outlook, Gmail and spreadsheets give it.

    Raises Invalid (too_many) above ``MAX_ADDRESSES``: a list is never accepted in part.
    """
    return _collected(_read(text))


def parse_list(pieces: list[str]) -> ParsedAddresses:
    """Parse a list in which each item holds one address, with a name or without. Raises Invalid (too_many)."""
    return _collected(one for piece in pieces for one in _item(piece))


def _item(piece: str) -> Iterator[_Entry | str]:
    found = list(_read(piece))
    yield from found or [" ".join(piece.split())]


def _collected(found: Iterator[_Entry | str]) -> ParsedAddresses:
    addresses: dict[str, None] = {}
    names: dict[str, PersonName] = {}
    wrong: dict[str, Rejected] = {}
    for one in found:
        raw = one.raw if isinstance(one, _Entry) else one
        address = canonical(without_wrapping(one.address if isinstance(one, _Entry) else one))
        if why := address_error(address):
            raw = raw.strip()
            wrong.setdefault(raw, Rejected(raw if len(raw) <= LONGEST else f"{raw[:_SHOWN]}…", why))
            continue
        addresses.setdefault(address)
        if isinstance(one, _Entry) and any(one.name) and address not in names:
            names[address] = one.name
    count = len(addresses) + len(wrong)
    if count > MAX_ADDRESSES:
        raise Invalid(
            ngettext(
                "Send at most %(most)d addresses at a time; this is %(count)d.",
                "Send at most %(most)d addresses at a time; these are %(count)d.",
                count,
            )
            % {"most": MAX_ADDRESSES, "count": count},
            code="too_many",
            field="emails",
        )
    return ParsedAddresses(list(addresses), list(wrong.values()), names)


def _read(text: str) -> Iterator[_Entry | str]:
    """Yield the addresses with their names, and the pieces in which there is none."""
    lines = [line for raw in _LINE_ENDS.split(text.translate(_PLAIN)) if (line := _line(raw)).cells]
    header = header_of([cell.text for cell in lines[0].cells]) if len(lines) > 1 and not lines[0].entries else None
    if header is not None:
        lines = lines[1:]
    table = len({line.shape for line in lines}) == 1 and len(lines) > 1 and sum(lines[0].shape) == 1
    above = ""
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else None
        if not line.entries:
            above = _name_for(line, after)
            if not above:
                yield line.raw
            continue
        found = _of_line(line, header, keeps_rest=not (table or header or _has_columns(line)))
        if above:
            line.entries[0].name, above = parse_name(above), ""
        yield from found


def _name_for(line: _Line, after: _Line | None) -> str:
    """Return a line without an address if it is the name of the one address of the line after it."""
    alone = after is not None and len(after.cells) == 1 and len(after.entries) == 1 and not after.entries[0].beside
    text = ", ".join(cell.text for cell in line.cells)
    named = len(line.cells) <= 2 and all(is_like_name(cell.text) for cell in line.cells)
    return text if alone and named and (" " in text or text[:1].isupper()) else ""


def _has_columns(line: _Line) -> bool:
    return any(cell.after in COLUMNS for cell in line.cells)


def _of_line(line: _Line, header: Header | None, *, keeps_rest: bool) -> list[_Entry | str]:
    """Give the line's addresses their names; return them, and the text that belongs to none if it is to be kept."""
    used: set[int] = set()
    holders = [number for number, cell in enumerate(line.cells) if cell.entries]
    texts = [number for number, cell in enumerate(line.cells) if not cell.entries]
    alternating = len(holders) == len(texts) and all(a != b for a, b in zip(line.shape, line.shape[1:], strict=False))
    for place, number in enumerate(holders):
        entries = line.cells[number].entries
        for entry in entries:
            entry.name = parse_name(entry.beside)
        before = line.cells[number - 1].text if number and number - 1 in texts else ""
        first = entries[0]
        if first.beside:
            # Last, First <address>
            if line.cells[number].after == "," and is_like_name(before) and number - 1 not in used:
                first.name = parse_name(f"{before}, {first.beside}")
                used.add(number - 1)
        elif len(holders) == 1:
            found = _columns_of(line, number, header)
            used.update(found)
            first.name = _joined([line.cells[one].text for one in found], header, found)
        elif alternating and is_like_name(line.cells[texts[place]].text):
            used.add(texts[place])
            first.name = parse_name(line.cells[texts[place]].text)
    found_all: list[_Entry | str] = []
    for number, cell in enumerate(line.cells):
        if cell.entries:
            found_all += cell.entries
        elif number not in used and (keeps_rest or "@" in cell.raw):
            found_all.append(cell.raw)
    return found_all


def _columns_of(line: _Line, holder: int, header: Header | None) -> list[int]:
    """Return which cells of a row with one address hold the person's name."""
    if header is not None and header.names:
        return [number for number in header.names if number < len(line.cells) and line.cells[number].text]
    before = [number for number in range(holder) if is_like_name(line.cells[number].text)]
    if before:
        return before[-2:] if " " not in line.cells[before[-1]].text else before[-1:]
    behind = [number for number in range(holder + 1, len(line.cells)) if is_like_name(line.cells[number].text)]
    if len(behind) == 2 and not any(" " in line.cells[number].text for number in behind):
        return behind
    return behind[:1]


def _joined(texts: list[str], header: Header | None, numbers: list[int]) -> PersonName:
    if header is not None and header.last in numbers:
        last = texts[numbers.index(header.last)]
        return PersonName.of(" ".join(text for text in texts if text is not last), last)
    return PersonName.of(texts[0], texts[1]) if len(texts) == 2 else parse_name(" ".join(texts))


def _line(raw: str) -> _Line:
    numbering = _NUMBERING.match(raw)
    raw = raw[numbering.end() :] if numbering else raw
    cells: list[_Cell] = []
    tokens: list[re.Match[str]] = []
    separator = ""
    for token in _TOKEN.finditer(raw):
        if token["separator"] is None:
            tokens.append(token)
            continue
        if tokens:
            cells.append(_cell(raw, tokens, separator))
        tokens, separator = [], token["separator"]
    if tokens:
        cells.append(_cell(raw, tokens, separator))
    return _Line(raw.strip(), [cell for cell in cells if cell.entries or cell.text])


def _cell(source: str, tokens: list[re.Match[str]], separator: str) -> _Cell:
    raw = source[tokens[0].start() : tokens[-1].end()].strip()
    parts: list[_Entry | str] = []
    for token in tokens:
        parts += _parts(token)
    entries = [part for part in parts if isinstance(part, _Entry)]
    if len(entries) == 1:
        entries[0].raw = raw
    _place_names(parts)
    text = " ".join(part for part in parts if isinstance(part, str) and part) if not entries else ""
    return _Cell(raw, text.strip(" .:-–—"), entries, separator)


def _parts(token: re.Match[str]) -> list[_Entry | str]:
    """Return what a token is: addresses, or text."""
    kind, value = token.lastgroup, token[token.lastgroup or 0]
    if kind == "link":
        return [_Entry(value, token[0], "" if "@" in token["label"] else token["label"])]
    if kind == "bracket":
        return [_Entry(value, token[0])]
    if "@" not in value:
        return [token[0] if kind == "comment" else value]
    # A quoted cell or a remark may hold "Name <address>" as a whole.
    if kind == "word":
        return [_Entry(value, token[0])]
    return [part for inner in _TOKEN.finditer(value) if inner["separator"] is None for part in _parts(inner)]


def _place_names(parts: list[_Entry | str]) -> None:
    """Give each address of a cell the words beside it: those before it, or if the cell begins with an address and
    ends with words, those after it."""
    leads = isinstance(parts[0], _Entry) if parts else False
    backwards = leads and isinstance(parts[-1], str)
    words: list[str] = []
    for part in reversed(parts) if backwards else parts:
        if isinstance(part, str):
            words.append(part)
            continue
        if words and not part.beside:
            said = [word for word in (reversed(words) if backwards else words) if not word.endswith(":")]
            part.beside = " ".join(said)
        words = []
