"""The variables of quick messages (docs/rules.md, Quick messages), such as ``{{contact.name}}``."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import Moment

# Blanks are stripped from the name afterwards: matching them here is very slow on crafted input.
_VARIABLE = re.compile(r"(?P<blanks>(?<![ \t])[ \t]*)\{\{(?P<name>.*?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class Variable:
    """A placeholder that is replaced on insertion: its meaning, and an example for previews."""

    name: str
    meaning: str | Promise
    example: str | Promise


VARIABLES: tuple[Variable, ...] = (
    Variable("contact.name", _("The contact's name"), _("Maria")),
    Variable("agent.name", _("The name of whoever inserts it"), _("You")),
    Variable("ticket.protocol", _("The ticket's protocol number"), "20260131-000042"),
    Variable("sector.name", _("The ticket's sector"), _("Support")),
    Variable("queue.name", _("The ticket's queue"), _("General")),
)
NAMES = frozenset(variable.name for variable in VARIABLES)


def unknown_variables(text: str, names: Collection[str] = NAMES) -> list[str]:
    """Return the placeholders of the text that aren't in ``names``, without duplicates, in order."""
    found = (match["name"].strip() for match in _VARIABLE.finditer(text))
    return list(dict.fromkeys(name for name in found if name not in names))


def fill(text: str, values: Mapping[str, str], names: Collection[str] = NAMES, *, tidy: bool = False) -> str:
    """Return the text with its variables (``names``) replaced; one without a value becomes empty, and with ``tidy``
    the blanks before it are removed too.
    """

    def value(match: re.Match[str]) -> str:
        name = match["name"].strip()
        if name not in names:
            return match[0]
        found = values.get(name, "")
        return match["blanks"] + found if found or not tidy else ""

    return _VARIABLE.sub(value, text)


def examples() -> dict[str, str]:
    """Return example values in the active language."""
    return {variable.name: str(variable.example) for variable in VARIABLES}


_POSITION = Variable("ticket.position", _("The ticket's place in its line"), "3")
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
    """Return the text as the contact reads it. Blanks before a variable without a value are removed: "Hello
    {{contact.name}}," becomes "Hello,".
    """
    return fill(text, values, ALL_NAMES, tidy=True)
