"""The variables of quick and automatic messages (docs/rules.md, Quick messages): ``{{contact.name}}``, with something
to say where there is no value ``{{contact.first_name|there}}``, and of custom fields ``{{contact.field.city}}``."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import Moment

# Blanks are stripped from the name afterwards: matching them here is very slow on crafted input.
_VARIABLE = re.compile(r"\{\{(?P<name>.*?)\}\}", re.DOTALL)
#: A custom field by its name, of the contact or the ticket; which ones a flow sends, only the flow knows.
FIELD = re.compile(r"(?P<of>contact|ticket)\.field\.(?P<key>\S.{0,79})", re.DOTALL)
#: Stands where a variable has no value; no text holds it.
_NOTHING = "\x00"
# What goes along with nothing: its line if nothing else stands there, brackets around it, the comma after it at the
# beginning of a line, the blanks before it anywhere else.
_TIDY = (
    (re.compile(rf"(?m)^[ \t]*(?:{_NOTHING}[ \t]*)+(?:\n|\Z)"), ""),
    (re.compile(rf"\([ \t]*{_NOTHING}[ \t]*\)"), _NOTHING),
    (re.compile(rf"(?m)^[ \t]*(?:{_NOTHING}[ \t]*)+[,;:]?[ \t]*"), ""),
    (re.compile(rf"(?<![ \t])[ \t]*{_NOTHING}"), ""),
)


@dataclass(frozen=True)
class Variable:
    """A placeholder that is replaced on insertion: its meaning, and an example for previews."""

    name: str
    meaning: str | Promise
    example: str | Promise


VARIABLES: tuple[Variable, ...] = (
    Variable("contact.name", _("The contact's name"), _("Maria")),
    Variable("contact.first_name", _("The contact's first name"), _("Maria")),
    Variable("agent.name", _("The name of the person who inserts it"), _("You")),
    Variable("ticket.protocol", _("The ticket's protocol number"), "20260131-000042"),
    Variable("sector.name", _("The ticket's sector"), _("Support")),
    Variable("queue.name", _("The ticket's queue"), _("General")),
)
#: Letters of a custom field's value that a message repeats.
MAX_FIELD = 500
_LONG_BLANKS = re.compile(r"\s+")
NAMES = frozenset(variable.name for variable in VARIABLES)


def unknown_variables(text: str, names: Collection[str] = NAMES) -> list[str]:
    """Return the placeholders of the text that are neither in ``names`` nor a custom field, without duplicates, in
    order."""
    found = (_parts(match)[0] for match in _VARIABLE.finditer(text))
    return list(dict.fromkeys(name for name in found if not _is_known(name, names)))


def guess(name: str, names: Collection[str] = NAMES) -> str | None:
    """Return which variable may be meant by a name that is none; None if nothing is near."""
    close = get_close_matches(name.casefold()[:80], list(names), n=1, cutoff=0.7)
    return close[0] if close else None


def _parts(match: re.Match[str]) -> tuple[str, str]:
    """Return a placeholder's name, and what it says without a value."""
    name, _bar, otherwise = match["name"].partition("|")
    return name.strip(), otherwise.strip()


def _is_known(name: str, names: Collection[str]) -> bool:
    return name in names or FIELD.fullmatch(name) is not None


def fill(
    text: str,
    values: Mapping[str, str],
    names: Collection[str] = NAMES,
    *,
    otherwise: Mapping[str, str] | None = None,
) -> str:
    """Return the text with its variables (``names``, and custom fields) replaced.

    One without a value becomes what stands behind its bar, else what ``otherwise`` has for it, else nothing: then
    the blanks before it go too, "Hello {{contact.name}}," becomes "Hello,".
    """

    def value(match: re.Match[str]) -> str:
        name, own = _parts(match)
        if not _is_known(name, names):
            return match[0]
        return values.get(name) or own or (otherwise or {}).get(name) or _NOTHING

    filled = _VARIABLE.sub(value, text.replace(_NOTHING, ""))
    for pattern, instead in _TIDY:
        filled = pattern.sub(instead, filled)
    return filled


def in_words(text: str) -> str:
    """Return a text with the meaning of its variables in their place, such as ‹The contact's name›; of a custom field
    its name."""
    meanings = {variable.name: variable.meaning for variable in VARIABLES}

    def words(match: re.Match[str]) -> str:
        name, _own = _parts(match)
        return f"‹{meanings.get(name) or name.partition('.field.')[2]}›" if _is_known(name, NAMES) else match[0]

    return _VARIABLE.sub(words, text)


def first_name(name: str) -> str:
    """Return the first word of a contact's name; empty if it is no name but a number or an address."""
    word = name.strip().partition(" ")[0].strip(",;")
    return word if any(letter.isalpha() for letter in word) and "@" not in word else ""


def values_of_fields(**fields: Mapping[str, object]) -> dict[str, str]:
    """Return the values of custom fields by variable. ``fields``: those of the ``contact`` and of the ``ticket``."""
    return {
        f"{of}.field.{key.strip()}": _LONG_BLANKS.sub(" ", str(value)).strip()[:MAX_FIELD]
        for of, given in fields.items()
        for key, value in given.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def examples() -> dict[str, str]:
    """Return example values in the active language."""
    return {variable.name: str(variable.example) for variable in VARIABLES}


_POSITION = Variable("ticket.position", _("The ticket's place in its queue"), "3")
_AGENT = Variable("agent.name", _("The name of the agent who has the ticket"), _("Ana"))
_ALWAYS = tuple(variable for variable in VARIABLES if variable.name != _AGENT.name)
_OF_MOMENT: Mapping[str, tuple[Variable, ...]] = {
    Moment.OPENING: _ALWAYS,
    Moment.WAITING: (*_ALWAYS, _POSITION),
    Moment.ASSIGNMENT: (_AGENT, *_ALWAYS),
    Moment.CLOSING: (_AGENT, *_ALWAYS),
    Moment.CLOSED: _ALWAYS,
}
#: All variables, whatever the moment.
ALL_NAMES = frozenset(variable.name for variables in _OF_MOMENT.values() for variable in variables)


def variables_of(moment: str) -> tuple[Variable, ...]:
    """Return the variables that have a value at a moment: those of quick messages, the agent's name only if there is
    an agent, and the queue position while waiting.
    """
    return _OF_MOMENT[moment]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text of an automatic message as the contact reads it."""
    return fill(text, values, ALL_NAMES)
