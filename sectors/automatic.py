"""What automatic messages are made of (docs/rules.md, Automatic messages): moments and their variables."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from .models import Moment
from .quick import VARIABLES, Variable, fill

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
#: All there are, at whatever moment.
ALL_NAMES = frozenset(variable.name for variables in _OF_MOMENT.values() for variable in variables)


def variables_of(moment: str) -> tuple[Variable, ...]:
    """Return the variables that have a value at a moment: those of quick messages, the agent's name only when there
    is an agent, and the place in the line while waiting."""
    return _OF_MOMENT[moment]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text as the contact reads it. A variable without a value goes with the blanks before it, so that
    "Hello {{contact.name}}," becomes "Hello,"."""
    return fill(text, values, ALL_NAMES, tidy=True)
