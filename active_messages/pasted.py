"""A pasted list of people to write to (docs/rules.md, Active messages)."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.tables import columns_of_line, heading, says_separator, without_marks
from core.text import one_line
from orgs.access import Member

from .people import Person, urn_of, with_contacts

NOT_READ = _(
    "Write a phone number with its country code, such as +55 11 91234-5678, or an address such as telegram:123."
)
SEVERAL = _("Write one number per line.")

#: What the columns of a list are called, in a first line that names nobody.
_HEADINGS = frozenset({
    "name", "nome", "nombre", "fullname", "nomecompleto", "nombrecompleto", "firstname", "lastname", "sobrenome",
    "apellido", "contact", "contato", "contacto", "client", "cliente", "customer", "phone", "phonenumber",
    "telephone", "telefone", "telefono", "mobile", "celular", "movil", "number", "numero", "whatsapp", "tel", "fone",
    "urn", "address", "endereco", "direccion", "email", "id",
})  # fmt: skip
#: A number with its country code among other words.
_NUMBER = re.compile(r"(?<![\w+])(?:\+|00)?[\d(][\d\s().\u00a0\u2010-\u2015-]{6,}\d(?!\w)")


@dataclass(frozen=True)
class Line:
    """A line that can't be read: its number from 1, its text, and why."""

    number: int
    text: str
    why: Any


@dataclass(frozen=True)
class Paste:
    """What was pasted: the people, each once; the lines that can't be read; how many lines named somebody again."""

    people: list[Person]
    unread: list[Line]
    repeated: int


def read(member: Member, pasted: str, scheme: str) -> Paste:
    """Read a list with one person a line: a number or an address, with a name before or after it.

    ``scheme``: of numbers (``NumberScheme``).
    """
    people: dict[str, Person] = {}
    unread: list[Line] = []
    lines = 0
    for number, text in enumerate(without_marks(pasted).splitlines(), 1):
        if not text.strip(' ;,|\t\ufeff"') or (number == 1 and _names_columns(text)):
            continue
        found = _people_in(text, scheme)
        if len(found) == 1:
            lines += 1
            people.setdefault(found[0].key, found[0])
        else:
            unread.append(Line(number, text.strip()[:100], SEVERAL if found else NOT_READ))
    known = list({person.key: person for person in with_contacts(member, people.values())}.values())
    return Paste(known, unread, lines - len(known))


def _names_columns(line: str) -> bool:
    """Whether a first line says what is in the columns, or only what separates them."""
    names = [heading(column) for column in columns_of_line(line.strip('"')) if column]
    return says_separator(line) or set(names) <= _HEADINGS


def _people_in(text: str, scheme: str) -> list[Person]:
    """Return the people that a line names, each with what else stands there as the name."""
    columns = columns_of_line(text)
    urns = {column: urn for column in columns if (urn := urn_of(column, scheme))}
    if not urns:
        # Words and a number without anything between them.
        for match in _NUMBER.finditer(text):
            if urn := urn_of(match.group(), scheme):
                urns[match.group()] = urn
                columns = [(text[: match.start()] + " " + text[match.end() :]).strip(' ;,|\t"')]
    names = [one_line(column) for column in columns if column and column not in urns]
    return [Person(urn=urn, name=names[0][:255] if names else "") for urn in dict.fromkeys(urns.values())]
