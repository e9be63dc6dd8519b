"""What an entry of the audit log says, in the reader's language: a sentence for each action, a label for each field.

``ACTIONS`` is the list of all actions there are; a test compares it with the calls of ``audit.record``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import Sentence
from orgs.models import AuditEntry, OrganizationRole, ProjectRole, TokenScope

#: What stands for a value that is not there.
NONE = "–"
#: So much of a value is shown; the rest is in the export, in a cell as long as spreadsheets take.
_LONGEST, WHOLE = 300, 30_000
_DAY = 24 * 60

#: Groups of actions, in the order of the filter: those whose first word is in the list.
GROUPS: dict[str, tuple[Sentence, tuple[str, ...]]] = {
    "members": (
        gettext_lazy("Members and invitations"),
        ("organization_member", "project_member", "invitation", "account"),
    ),
    "places": (gettext_lazy("Organization and projects"), ("organization", "project", "configuration")),
    "tokens": (gettext_lazy("API tokens"), ("token",)),
    "sectors": (gettext_lazy("Sectors and hours"), ("sector", "sectors", "special_day", "quick_message")),
    "queues": (gettext_lazy("Queues"), ("queue", "queues", "pause_reason")),
    "tags": (gettext_lazy("Tags"), ("tag", "tags")),
}

#: What each action says. ``name`` is that of the thing; ``old_x`` and ``new_x`` are field x before and after;
#: ``fields`` names what has changed.
ACTIONS: dict[str, Sentence] = {
    "organization.created": gettext_lazy("Created the organization %(name)s"),
    "organization.renamed": gettext_lazy("Renamed the organization from %(old_name)s to %(new_name)s"),
    "organization.archived": gettext_lazy("Archived the organization %(name)s"),
    "organization.restored": gettext_lazy("Restored the organization %(name)s"),
    "organization.two_factors_required": gettext_lazy("Asked the members of %(name)s for two factors"),
    "organization.two_factors_left_to_members": gettext_lazy(
        "No longer asks the members of %(name)s for two factors"
    ),
    "organization_member.added": gettext_lazy("Added %(name)s to the organization as %(new_role)s"),
    "organization_member.role_changed": gettext_lazy(
        "Changed the role of %(name)s in the organization from %(old_role)s to %(new_role)s"
    ),
    "organization_member.removed": gettext_lazy("Removed %(name)s from the organization"),
    "invitation.sent": gettext_lazy("Invited %(name)s"),
    "invitation.renewed": gettext_lazy("Sent the invitation of %(name)s again"),
    "invitation.revoked": gettext_lazy("Revoked the invitation of %(name)s"),
    "invitation.accepted": gettext_lazy("Accepted the invitation of %(name)s"),
    "account.switched_off": gettext_lazy("Switched the account of %(name)s off"),
    "account.switched_on": gettext_lazy("Switched the account of %(name)s on"),
    "account.sessions_ended": gettext_lazy("Signed %(name)s out on every device"),
    "account.password_mail_sent": gettext_lazy("Sent %(name)s the link to choose a new password"),
    "project.created": gettext_lazy("Created the project %(name)s"),
    "project.renamed": gettext_lazy("Renamed the project from %(old_name)s to %(new_name)s"),
    "project.archived": gettext_lazy("Archived the project %(name)s"),
    "project.restored": gettext_lazy("Restored the project %(name)s"),
    "configuration.imported": gettext_lazy("Took over a configuration file into the project %(name)s"),
    "project_member.added": gettext_lazy("Added %(name)s to the project as %(new_role)s"),
    "project_member.role_changed": gettext_lazy(
        "Changed the role of %(name)s in the project from %(old_role)s to %(new_role)s"
    ),
    "project_member.removed": gettext_lazy("Removed %(name)s from the project"),
    "token.created": gettext_lazy("Made the API token %(name)s: %(new_scopes)s"),
    "token.revoked": gettext_lazy("Revoked the API token %(name)s"),
    "sector.created": gettext_lazy("Created the sector %(name)s"),
    "sector.copied": gettext_lazy("Filled the sector %(name)s from another: %(new_copied_from)s"),
    "sector.changed": gettext_lazy("Changed the sector %(name)s: %(fields)s"),
    "sector.moved": gettext_lazy("Moved the sector %(name)s in the list"),
    "sectors.ordered": gettext_lazy("Put the sectors of the project %(name)s in order"),
    "sector.archived": gettext_lazy("Archived the sector %(name)s"),
    "sector.restored": gettext_lazy("Restored the sector %(name)s"),
    "special_day.added": gettext_lazy("Gave the sector %(new_sector)s a special day: %(name)s"),
    "special_day.changed": gettext_lazy("Changed the special day %(name)s: %(fields)s"),
    "special_day.removed": gettext_lazy("Took the special day %(name)s from the sector %(old_sector)s"),
    "quick_message.added": gettext_lazy("Added the quick message %(name)s to the sector %(new_sector)s"),
    "quick_message.changed": gettext_lazy("Changed the quick message %(name)s: %(fields)s"),
    "quick_message.removed": gettext_lazy("Removed the quick message %(name)s from the sector %(old_sector)s"),
    "queue.created": gettext_lazy("Created the queue %(name)s in the sector %(new_sector)s"),
    "queue.changed": gettext_lazy("Changed the queue %(name)s: %(fields)s"),
    "queue.moved": gettext_lazy("Moved the queue %(name)s in the list"),
    "queues.ordered": gettext_lazy("Put the queues of the sector %(name)s in order"),
    "queue.archived": gettext_lazy("Archived the queue %(name)s"),
    "queue.restored": gettext_lazy("Restored the queue %(name)s"),
    "pause_reason.added": gettext_lazy("Added the reason for a pause %(name)s"),
    "pause_reason.changed": gettext_lazy("Changed the reason for a pause %(name)s: %(fields)s"),
    "pause_reason.archived": gettext_lazy("Archived the reason for a pause %(name)s"),
    "pause_reason.restored": gettext_lazy("Restored the reason for a pause %(name)s"),
    "tag.created": gettext_lazy("Created the tag %(name)s in the sector %(new_sector)s"),
    "tag.changed": gettext_lazy("Changed the tag %(name)s: %(fields)s"),
    "tag.merged": gettext_lazy("Merged the tag %(name)s into %(new_into)s"),
    "tag.moved": gettext_lazy("Moved the tag %(name)s in the list"),
    "tags.ordered": gettext_lazy("Put the tags of the sector %(name)s in order"),
    "tags.ordered_by_use": gettext_lazy("Put the tags of the sector %(name)s in the order of their use"),
    "tag.archived": gettext_lazy("Archived the tag %(name)s"),
    "tag.restored": gettext_lazy("Restored the tag %(name)s"),
}


def _words_of(*choices: Any) -> Callable[[Any], str]:
    words = {value: label for kind in choices for value, label in kind.choices}
    return lambda value: str(words.get(value, value)) if value else NONE


_ROLE = _words_of(OrganizationRole, ProjectRole)
_SCOPE = _words_of(TokenScope)


def _people(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) and value else _("nobody")


def _scopes(value: Any) -> str:
    return ", ".join(_SCOPE(one) for one in value) if isinstance(value, list) else NONE


def _moment(value: Any) -> str:
    """Say an instant, on the clock of whoever reads."""
    if not value:
        return _("never")
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return plain(value)
    return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def _date(value: Any) -> str:
    try:
        return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    except (TypeError, ValueError):
        return plain(value)


def _clock(minutes: int) -> str:
    """Say minutes after midnight; what lies on the following day has a mark."""
    text = f"{minutes // 60 % 24:02}:{minutes % 60:02}"
    return f"{text} (+1)" if minutes > _DAY else "24:00" if minutes == _DAY else text


def _ranges(value: Any) -> str:
    """Say a day's hours: a list of [opens, closes] in minutes after midnight."""
    try:
        return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in value) or _("closed")
    except (TypeError, ValueError):
        return plain(value)


def _week(value: Any) -> str:
    """Say a week's hours: seven days from Monday on."""
    if not isinstance(value, list) or len(value) != 7:
        return plain(value)
    return "; ".join(f"{WEEKDAYS_ABBR[n]} {_ranges(day)}" for n, day in enumerate(value))


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


def _by_name(value: Any) -> str:
    """Say what each of several names has."""
    return (
        ", ".join(f"{name}: {one}" for name, one in sorted(value.items()))
        if isinstance(value, dict) and value
        else NONE
    )


#: Fields in the words of the pages, and how to say their values.
FIELDS: dict[str, tuple[Sentence, Callable[[Any], str]]] = {
    "name": (gettext_lazy("Name"), plain),
    "email": (gettext_lazy("E-mail address"), plain),
    "role": (gettext_lazy("Role"), _ROLE),
    "project_role": (gettext_lazy("Role in the project"), _ROLE),
    "scopes": (gettext_lazy("Allowed to"), _scopes),
    "expires_at": (gettext_lazy("Expires"), _moment),
    "sector": (gettext_lazy("Sector"), plain),
    "agents": (gettext_lazy("Agents"), _people),
    "copied_from": (gettext_lazy("Copied from"), plain),
    "agent_limits": (gettext_lazy("Agents’ own limits"), _by_name),
    "automatic_opening": (gettext_lazy("Automatic message on opening"), plain),
    "automatic_waiting": (gettext_lazy("Automatic message while waiting"), plain),
    "automatic_assignment": (gettext_lazy("Automatic message on assignment"), plain),
    "automatic_closing": (gettext_lazy("Automatic message on closing"), plain),
    "automatic_closed": (gettext_lazy("Automatic message when the sector closes"), plain),
    "waiting_every": (gettext_lazy("Minutes between two messages while waiting"), plain),
    "on_hold": (gettext_lazy("On hold"), plain),
    "max_waiting": (gettext_lazy("Maximum number waiting"), plain),
    "description": (gettext_lazy("Description"), plain),
    "color": (gettext_lazy("Colour"), plain),
    "into": (gettext_lazy("Merged into"), plain),
    "daily_minutes": (gettext_lazy("Minutes a day"), plain),
    "managers": (gettext_lazy("Managers"), _people),
    "timezone": (gettext_lazy("Time zone"), plain),
    "ticket_limit": (gettext_lazy("Tickets at a time per agent"), plain),
    "active_messages": (gettext_lazy("Active messages"), plain),
    "always_open": (gettext_lazy("Always open"), plain),
    "requires_two_factors": (gettext_lazy("Two factors required"), plain),
    "hours": (gettext_lazy("Work hours"), _week),
    "date": (gettext_lazy("Date"), _date),
    "label": (pgettext_lazy("of a special day", "Occasion"), plain),
    "yearly": (gettext_lazy("Every year"), plain),
    "ranges": (gettext_lazy("Hours"), _ranges),
    "shortcut": (gettext_lazy("Shortcut"), plain),
    "text": (gettext_lazy("Text"), plain),
    "give_back_after": (gettext_lazy("Minutes until an unanswered ticket goes back"), plain),
    "warn_after": (gettext_lazy("Minutes of silence until the contact is warned"), plain),
    "warn_text": (gettext_lazy("Text of the warning"), plain),
    "close_after": (gettext_lazy("Minutes of silence until the ticket is closed"), plain),
    "close_tag": (gettext_lazy("Tag for silent contacts"), plain),
    "waiting_target": (gettext_lazy("Waiting target in minutes"), plain),
    "retag_for": (gettext_lazy("Minutes after closing in which tags may be changed"), plain),
    "automatic_messages": (gettext_lazy("Automatic messages"), _by_name),
    "added": (pgettext_lazy("how many things", "Added"), plain),
    "changed": (pgettext_lazy("how many things", "Changed"), plain),
    "restored": (pgettext_lazy("how many things", "Restored"), plain),
    "archived": (pgettext_lazy("how many things", "Archived"), plain),
    "removed": (pgettext_lazy("how many things", "Removed"), plain),
    "reordered": (pgettext_lazy("how many things", "Put in another order"), plain),
}


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
    noun = action.partition(".")[0]
    return next((key for key, (_label, nouns) in GROUPS.items() if noun in nouns), "")


#: The icon of a group; whatever has none gets that of the log.
ICONS = {
    "members": "users",
    "places": "folder",
    "tokens": "key-round",
    "sectors": "building-2",
    "queues": "list-ordered",
    "tags": "tag",
}


def icon_of(action: str) -> str:
    """Return the name of an action's icon."""
    return ICONS.get(group_of(action), "scroll-text")


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
