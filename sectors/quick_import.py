"""What a file of quick messages would add and change, row by row (docs/rules.md, Quick messages)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, Sentence
from core.exports import unescape
from core.tables import Row, heading, read_table
from core.text import Fold, folded
from core.validation import megabytes
from sectors.models import QuickMessage
from sectors.operations import QuickText
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES, clean_quick_message, versions_of

#: Columns to choose from.
MAX_COLUMNS = 30
#: The longest table that is read, in bytes of UTF-8.
MAX_BYTES = 3 * 1024 * 1024
#: What the columns are called in spreadsheets and in other desks, the likeliest first.
_SHORTCUTS = (
    "shortcut", "shortcode", "atalho", "atajo", "shortcuts", "accesorapido", "accesodirecto", "acessorapido",
    "command", "comando", "keyword", "palavrachave", "palabraclave", "key", "chave", "clave", "code", "codigo",
    "trigger", "slug", "abbreviation", "title", "titulo", "name", "nome", "nombre",
)  # fmt: skip
_TEXTS = (
    "text", "texto", "message", "mensagem", "mensaje", "content", "conteudo", "contenido", "body", "corpo", "cuerpo",
    "reply", "resposta", "respuesta", "response", "answer", "value", "valor", "description",
    "descricao", "descripcion",
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Which column is the shortcut and which the text, from 0; whether the first row is a heading."""

    shortcut: int
    text: int
    has_heading: bool


def read_rows(content: str) -> list[Row]:
    """Return the rows of a table as text. Raises Invalid: it is too long, or no table of two columns."""
    if len(content.encode("utf-8", "replace")) > MAX_BYTES:
        raise too_large()
    rows = read_table(content)
    if not rows or max(len(row.cells) for row in rows) < 2:
        raise Invalid(
            _("This is no table with a column for the shortcut and one for the text. Save it as CSV."),
            code="no_csv",
            field="file",
        )
    return rows


def too_large() -> Invalid:
    """Return the refusal of a table that is too long."""
    return Invalid(
        _("The file is larger than %(limit)s MB.") % {"limit": megabytes(MAX_BYTES)},
        code="file_too_large",
        field="file",
    )


def guess_columns(rows: Sequence[Row]) -> tuple[Columns, bool]:
    """Return the columns that a table most likely means, and whether its heading leaves no doubt."""
    names = [heading(cell) for cell in rows[0].cells[:MAX_COLUMNS]] if rows else []
    shortcut, text = _named(names, _SHORTCUTS), _named(names, _TEXTS)
    if shortcut is not None and text is not None:
        return Columns(shortcut, text, has_heading=True), True
    one_is_named = shortcut is not None or text is not None
    if shortcut is None:
        shortcut = next((at for at in range(len(names)) if at != text), 0)
    if text is None:
        text = next((at for at in range(len(names)) if at != shortcut), shortcut)
    return Columns(shortcut, text, has_heading=one_is_named), one_is_named and len(names) == 2


def _named(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


@dataclass(frozen=True)
class Planned:
    """A message of a row; ``before`` is the one that it replaces."""

    row: int
    message: QuickText
    before: QuickMessage | None = None


@dataclass(frozen=True)
class Refused:
    """A row that can't be imported, and why."""

    row: int
    shortcut: str
    why: Sentence


@dataclass
class Plan:
    """What importing a table does: adds, changes, and leaves as it is; the rows that it can't import."""

    columns: Columns
    new: list[Planned] = field(default_factory=list)
    changed: list[Planned] = field(default_factory=list)
    same: list[Planned] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    #: Why nothing of it can be imported.
    problem: Sentence = ""

    @property
    def messages(self) -> list[QuickText]:
        """Return what is to be added or replaced."""
        return [planned.message for planned in (*self.new, *self.changed)]

    @property
    def versions(self) -> str:
        """Return the mark of the messages that are replaced, as the operation takes it."""
        return versions_of(planned.before for planned in self.changed if planned.before)

    @property
    def fingerprint(self) -> str:
        """Return a mark of all that was shown: another one has to be looked at first."""
        said = [(self.columns, self.versions), *((each.shortcut, each.text) for each in self.messages)]
        return sha256(repr(said).encode("utf-8", "replace")).hexdigest()


def plan_import(rows: Sequence[Row], columns: Columns, owned: QuerySet[QuickMessage]) -> Plan:
    """Return what importing a table does to the messages of an owner (``owned``); nothing is stored.

    A row with the shortcut of one before it is refused, whatever the case and accents of the two.
    """
    plan = Plan(columns)
    found: list[tuple[int, QuickText]] = []
    for row in rows[1:] if columns.has_heading else rows:
        try:
            found.append((row.number, _message_of(row, columns)))
        except DomainError as error:
            plan.refused.append(Refused(row.number, _shortcut_of(row, columns)[:60], error.sentence))
    present = {row.folded: row for row in owned.annotate(folded=Fold("shortcut"))}
    first: dict[str, int] = {}
    for key, (number, message) in zip(folded([message.shortcut for _row, message in found]), found, strict=True):
        if key in first:
            why = _("Row %(row)d has the same shortcut.") % {"row": first[key]}
            plan.refused.append(Refused(number, message.shortcut, why))
            continue
        first[key] = number
        _place(plan, Planned(number, message, present.get(key)))
    plan.refused.sort(key=lambda refused: refused.row)
    if len(present.keys() | first.keys()) > MAX_QUICK_MESSAGES:
        plan.problem = _("There can be at most %(limit)d quick messages. Remove some first.") % {
            "limit": MAX_QUICK_MESSAGES
        }
    return plan


def _place(plan: Plan, planned: Planned) -> None:
    before: Any = planned.before
    if before is None:
        plan.new.append(planned)
    elif (before.shortcut, before.text) == (planned.message.shortcut, planned.message.text):
        plan.same.append(planned)
    else:
        plan.changed.append(planned)


def _message_of(row: Row, columns: Columns) -> QuickText:
    shortcut, text = _shortcut_of(row, columns), unescape(row.cell(columns.text))
    if not shortcut:
        raise Invalid(_("This row has no shortcut."), field="shortcut")
    if not text.strip():
        raise Invalid(_("This row has no text."), field="text")
    return clean_quick_message(QuickText(shortcut, text))


def _shortcut_of(row: Row, columns: Columns) -> str:
    """Return a row's shortcut; of several words, as one."""
    return "-".join(unescape(row.cell(columns.shortcut)).strip().removeprefix("/").split())
