"""The variables of quick messages (docs/rules.md, Quick messages): ``{{contact.name}}`` and the like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)


@dataclass(frozen=True)
class Variable:
    """A word that is replaced when the message is inserted: what it stands for, and an example for previews."""

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


def unknown_variables(text: str) -> list[str]:
    """Return what stands between double braces and is no variable, each once, in order."""
    found = (match[1] for match in _VARIABLE.finditer(text))
    return list(dict.fromkeys(name for name in found if name not in NAMES))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its variables replaced; one without a value becomes nothing."""
    return _VARIABLE.sub(lambda match: values.get(match[1], "") if match[1] in NAMES else match[0], text)


def examples() -> dict[str, str]:
    """Return example values, in the present language."""
    return {variable.name: str(variable.example) for variable in VARIABLES}
