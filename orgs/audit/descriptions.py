"""How audit entries read in the reader's language: a sentence per action, a label per field.

Each app registers its own words in its ``audit_vocabulary``, so ``ACTIONS`` holds every action; a test compares it
with the calls of ``audit.record``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from core.errors import Sentence
from core.hooks import Registry
from orgs.models import AuditEntry

#: Shown for a missing value.
NONE = "–"
#: Characters of a value shown on the page, and in the export (the maximum of a spreadsheet cell).
_LONGEST, WHOLE = 300, 30_000


@dataclass(frozen=True)
class Group:
    """Actions that the filter offers as a group."""

    label: Sentence
    icon: str


#: Formats the value of a field.
Say = Callable[[Any], str]

#: Filled by each app's ``audit_vocabulary``: groups in the order of the filter; the sentence of each action; the
#: label of each field, and how to format its values.
GROUPS: Registry[Group] = Registry()
ACTIONS: Registry[Sentence] = Registry()
FIELDS: Registry[tuple[Sentence, Say]] = Registry()
_GROUP_OF_NOUN: dict[str, str] = {}


def register_actions(group: str, sentences: Mapping[str, Sentence]) -> None:
    """Add actions to a group, in the order of the filter, each with its sentence.

    In a sentence, ``name`` is the target's name, ``old_x`` and ``new_x`` are field x before and after, and ``fields``
    lists what has changed. Raises ImproperlyConfigured for an action registered twice, or one whose noun belongs to
    another group.
    """
    for action in sentences:
        noun = action.partition(".")[0]
        if _GROUP_OF_NOUN.setdefault(noun, group) != group:
            raise ImproperlyConfigured(f"{action} is in {group}, other actions of {noun} are not")
    ACTIONS.add_all(sentences)


def names(value: Any) -> str:
    """Format a list of people."""
    return ", ".join(str(one) for one in value) if isinstance(value, list) and value else _("nobody")


def moment(value: Any) -> str:
    """Format an aware time in the reader's time zone."""
    if not value:
        return _("never")
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return plain(value)
    return formats.date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")


def day(value: Any) -> str:
    """Format a date."""
    try:
        return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    except (TypeError, ValueError):
        return plain(value)


def plain(value: Any) -> str:
    """Format a value of no particular kind."""
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value) or NONE
    if isinstance(value, dict):
        return ", ".join(f"{label_of(key)}: {plain(one)}" for key, one in value.items()) or NONE
    return str(value)


def by_name(value: Any) -> str:
    """Format a mapping of names to values."""
    return (
        ", ".join(f"{name}: {one}" for name, one in sorted(value.items()))
        if isinstance(value, dict) and value
        else NONE
    )


def label_of(field: str) -> str:
    """Return the label of a field; an unknown one is made readable."""
    known = FIELDS.get(field)
    return str(known[0]) if known else field.replace("_", " ").capitalize()


def say(field: str, value: Any, longest: int = _LONGEST) -> str:
    """Return a field's value as text of at most ``longest`` characters."""
    known = FIELDS.get(field)
    text = known[1](value) if known else plain(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


class _Facts(dict[str, str]):
    """The variables of a sentence; a missing one is shown as a dash."""

    def __missing__(self, key: str) -> str:
        return NONE


def sentence_of(entry: AuditEntry) -> str:
    """Return what was done, without the actor: "Changed the role of … from Viewer to Moderator"."""
    before, after = _fields_of(entry.before), _fields_of(entry.after)
    facts = _Facts(name=entry.target_name or NONE)
    facts.update({f"old_{field}": say(field, value) for field, value in before.items()})
    facts.update({f"new_{field}": say(field, value) for field, value in after.items()})
    facts["fields"] = ", ".join(_inside(label_of(field)) for field in {**before, **after}) or NONE
    sentence = ACTIONS.get(entry.action)
    if sentence is None:
        # Recorded by another version of the program.
        return f"{entry.action}: {facts['name']}"
    return str(sentence) % facts


def _inside(label: str) -> str:
    """Return a label as written inside a sentence."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


@dataclass(frozen=True)
class Difference:
    """A field before and after, as text; None if the entry has no value for that side."""

    label: str
    before: str | None
    after: str | None


def differences_of(entry: AuditEntry, longest: int = _LONGEST) -> list[Difference]:
    """Return the changed fields of an entry, each value as at most ``longest`` characters."""
    before, after = _fields_of(entry.before), _fields_of(entry.after)
    return [
        Difference(
            label_of(field),
            say(field, before[field], longest) if field in before else None,
            say(field, after[field], longest) if field in after else None,
        )
        for field in {**before, **after}
    ]


def _fields_of(values: Any) -> Mapping[str, Any]:
    return values if isinstance(values, dict) else {}


def group_of(action: str) -> str:
    """Return the key of an action's group, empty if it has none."""
    return _GROUP_OF_NOUN.get(action.partition(".")[0], "")


def icon_of(action: str) -> str:
    """Return the icon name of an action's group, or the log's icon if it has none."""
    group = GROUPS.get(group_of(action))
    return group.icon if group else "scroll-text"


def actions_of(group: str) -> list[str]:
    return [action for action in ACTIONS if group_of(action) == group]


def short(action: str) -> str:
    """Return the label of an action for a list of choices, without names."""
    blank = _Blank()
    return " ".join((str(ACTIONS[action]) % blank).replace(" :", ":").rstrip(": ").split())


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"
