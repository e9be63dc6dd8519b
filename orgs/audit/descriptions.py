"""What an entry of the audit log says, in the reader's language: a sentence for each action, a label for each field.

Each app registers its own words in its ``audit_vocabulary``. ``ACTIONS`` then holds all actions there are; a test
compares it with the calls of ``audit.record``.
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

#: What stands for a value that is not there.
NONE = "–"
#: So much of a value is shown; the rest is in the export, in a cell as long as spreadsheets take.
_LONGEST, WHOLE = 300, 30_000


@dataclass(frozen=True)
class Group:
    """Actions that the filter offers together."""

    label: Sentence
    icon: str


#: Given a field's value, returns it in words.
Say = Callable[[Any], str]

#: Filled by each app with what it records, in its ``audit_vocabulary``: the groups in the order of the filter; what
#: each action says; fields in the words of the pages, and how to say their values.
GROUPS: Registry[Group] = Registry()
ACTIONS: Registry[Sentence] = Registry()
FIELDS: Registry[tuple[Sentence, Say]] = Registry()
_GROUP_OF_NOUN: dict[str, str] = {}


def register_actions(group: str, sentences: Mapping[str, Sentence]) -> None:
    """Add actions to a group, in the order of the filter, each with what it says.

    ``name`` in a sentence is that of the thing; ``old_x`` and ``new_x`` are field x before and after; ``fields``
    names what has changed. Raises ImproperlyConfigured for an action there is already, or one whose noun is in
    another group.
    """
    for action in sentences:
        noun = action.partition(".")[0]
        if _GROUP_OF_NOUN.setdefault(noun, group) != group:
            raise ImproperlyConfigured(f"{action} is in {group}, other actions of {noun} are not")
    ACTIONS.add_all(sentences)


def names(value: Any) -> str:
    """Say the people of a list."""
    return ", ".join(str(one) for one in value) if isinstance(value, list) and value else _("nobody")


def moment(value: Any) -> str:
    """Say an instant, on the clock of whoever reads."""
    if not value:
        return _("never")
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return plain(value)
    return formats.date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")


def day(value: Any) -> str:
    """Say a date."""
    try:
        return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    except (TypeError, ValueError):
        return plain(value)


def plain(value: Any) -> str:
    """Say a value of no particular kind."""
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
    """Say what each of several names has."""
    return (
        ", ".join(f"{name}: {one}" for name, one in sorted(value.items()))
        if isinstance(value, dict) and value
        else NONE
    )


def label_of(field: str) -> str:
    """Return the name of a field on the pages; of one that no page has, its own in plain words."""
    known = FIELDS.get(field)
    return str(known[0]) if known else field.replace("_", " ").capitalize()


def say(field: str, value: Any, longest: int = _LONGEST) -> str:
    """Return a field's value in words, of at most ``longest`` characters."""
    known = FIELDS.get(field)
    text = known[1](value) if known else plain(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


class _Facts(dict[str, str]):
    """The parts of a sentence; one that an entry lacks is a dash."""

    def __missing__(self, key: str) -> str:
        return NONE


def sentence_of(entry: AuditEntry) -> str:
    """Return what was done, without who did it: "Changed the role of … from Viewer to Moderator"."""
    before, after = _fields_of(entry.before), _fields_of(entry.after)
    facts = _Facts(name=entry.target_name or NONE)
    facts.update({f"old_{field}": say(field, value) for field, value in before.items()})
    facts.update({f"new_{field}": say(field, value) for field, value in after.items()})
    facts["fields"] = ", ".join(_inside(label_of(field)) for field in {**before, **after}) or NONE
    sentence = ACTIONS.get(entry.action)
    if sentence is None:
        # Of a version that knew it.
        return f"{entry.action}: {facts['name']}"
    return str(sentence) % facts


def _inside(label: str) -> str:
    """Return a label as it stands inside a sentence."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


@dataclass(frozen=True)
class Difference:
    """A field before and after, in words; None where the entry says nothing of that side."""

    label: str
    before: str | None
    after: str | None


def differences_of(entry: AuditEntry, longest: int = _LONGEST) -> list[Difference]:
    """Return what an entry says of each field, each value in at most ``longest`` characters."""
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
    """Return the key of the group an action belongs to; empty for one of none."""
    return _GROUP_OF_NOUN.get(action.partition(".")[0], "")


def icon_of(action: str) -> str:
    """Return the name of an action's icon: that of its group; whatever has none gets that of the log."""
    group = GROUPS.get(group_of(action))
    return group.icon if group else "scroll-text"


def actions_of(group: str) -> list[str]:
    """Return the actions of a group."""
    return [action for action in ACTIONS if group_of(action) == group]


def short(action: str) -> str:
    """Return an action for a list of choices, its names left out."""
    blank = _Blank()
    return " ".join((str(ACTIONS[action]) % blank).replace(" :", ":").rstrip(": ").split())


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"
