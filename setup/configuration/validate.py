"""Validating a file by the rules of pages and API; reports all problems at once."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.email_addresses import canonical
from core.errors import Invalid, constraint_sentence
from core.instants import parse_day
from core.text import folded
from core.validation import clean_name, max_length
from queues.operations.queues import clean_max_waiting
from sectors.hours.schedule import Range
from sectors.hours.written import read_range
from sectors.models import Moment, Sector
from sectors.operations import SpecialDay, clean_week
from sectors.operations.automatic_messages import clean_every, clean_texts
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES as MAX_QUICK
from sectors.operations.quick_messages import clean_shortcut, clean_text
from sectors.operations.special_days import MAX_DAYS, clean_day
from sectors.validation import clean_limit, clean_timezone
from tags.models import NAME_LENGTH, Color
from tags.operations import clean_color, clean_description
from tickets.models import RULES
from tickets.operations.service_rules import clean_minutes, clean_warning

from . import times, words
from .nodes import MISSING, Place
from .problems import Problems
from .state import ATTENDING
from .yaml_reader import Scalar, read

VERSION = 1

Reader = Callable[[Place], Any]
#: By key of the file: the field's name in the code, and its reader.
Fields = Mapping[str, tuple[str, Reader]]


@dataclass
class Wanted:
    """A sector, queue, tag or quick message of the file.

    ``values`` has the fields given in the file; ``key`` is the folded name.
    """

    name: str
    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass
class WantedSector(Wanted):
    """A sector of the file; lists that are None aren't in the file."""

    queues: list[Wanted] | None = None
    tags: list[Wanted] | None = None
    days: list[SpecialDay] | None = None
    quick: list[Wanted] | None = None
    #: The tag for closing tickets of silent contacts.
    close_tag: Wanted | None = None


@dataclass
class Checked:
    """The content of a file, as far as it is valid, and all its problems."""

    sectors: list[WantedSector]
    problems: Problems
    #: All addresses in the file, in lower case, with their locations.
    people: dict[str, list[Place]]
    #: Whether all names were read, so that a missing name is really missing.
    whole: bool = True

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.sectors]


def check(raw: bytes | str) -> Checked:
    """Validate a file. Queries the database only to fold names."""
    problems = Problems()
    people: dict[str, list[Place]] = defaultdict(list)
    node = read(raw, problems)
    reading = _Reading(people)
    sectors = Place(node, (), problems).take(reading.file) if node is not None else MISSING
    if sectors is MISSING:
        return Checked([], problems, people, whole=False)
    _fold(sectors)
    return Checked(sectors, problems, people, reading.whole)


@dataclass
class Attending:
    """The service rules of a sector in the file, complete: rules that aren't in the file are off."""

    values: dict[str, Any]
    close_tag: Wanted | None


class _Reading:
    """Readers for the parts of a file; each takes a node and raises Invalid."""

    def __init__(self, people: dict[str, list[Place]]) -> None:
        self.people = people
        self.whole = True
        self.of_queue: Fields = {
            "name": ("name", _named),
            "agents": ("agents", self.emails),
            "on_hold": ("on_hold", Place.yes_no),
            "max_waiting": ("max_waiting", lambda at: None if at.is_null else clean_max_waiting(at.number())),
        }
        self.of_tag: Fields = {
            "name": ("name", lambda at: clean_name(at.text(), limit=NAME_LENGTH)),
            "description": ("description", lambda at: clean_description(_perhaps(at))),
            "color": ("color", lambda at: clean_color(_color(at))),
        }
        self.of_sector: Fields = {
            "name": ("name", _named),
            "time_zone": ("timezone", lambda at: clean_timezone(at.text())),
            "always_open": ("always_open", Place.yes_no),
            "hours": ("hours", _week),
            "limit": ("ticket_limit", lambda at: clean_limit(at.number())),
            "agent_limits": ("agent_limits", self.limits),
            "active_messages": ("active_messages", Place.yes_no),
            "managers": ("managers", self.emails),
            "automatic_messages": ("automatic_messages", _automatic),
            "waiting_every": ("waiting_every", _waiting_every),
        }
        #: A sector's lists, by key of the file and attribute of ``WantedSector``.
        self.parts: dict[str, tuple[str, Reader]] = {
            "special_days": ("days", _days),
            "quick_messages": ("quick", _quick),
            "queues": ("queues", self.queues),
            "tags": ("tags", self.tags),
        }

    def file(self, at: Place) -> list[WantedSector]:
        known = at.known(("version", "sectors"))
        version = known["version"].take(Place.number) if "version" in known else None
        if version is None:
            at.say(_("Write “version: 1” at the beginning: this program reads version 1."))
        elif version not in (VERSION, MISSING):
            known["version"].say(_("This program reads version 1. Export a file here to see what it looks like."))
        if "sectors" not in known:
            raise Invalid(_("Write the sectors below “sectors:”, or “sectors: []” for none."))
        items = known["sectors"].take(Place.items)
        if items is MISSING:
            self.whole = False
            return []
        found = [inner.take(self.sector) for inner in items]
        return [one for one in found if self._is_named(one)]

    def _is_named(self, wanted: Any) -> bool:
        """Whether an item's name could be read; if not, the file counts as incomplete."""
        named = wanted is not MISSING and bool(wanted.name)
        self.whole &= named
        return named

    def sector(self, at: Place) -> WantedSector:
        at, known = _titled(at, (*self.of_sector, "attending", *self.parts))
        found = WantedSector("", at, _values(at, known, self.of_sector))
        found.name = found.values.get("name", "")
        rules = known["attending"].take(attending) if "attending" in known else MISSING
        if rules is not MISSING:
            found.values |= rules.values
            found.close_tag = rules.close_tag
        for key, (attribute, reader) in self.parts.items():
            value = known[key].take(reader) if key in known else None
            self.whole &= value is not MISSING
            setattr(found, attribute, None if value is MISSING else value)
        return found

    def queues(self, at: Place) -> list[Wanted]:
        return self._listed(at, self.of_queue, _("Write a queue here: a sector keeps at least one."))

    def tags(self, at: Place) -> list[Wanted]:
        return self._listed(at, self.of_tag, _("Write a tag here: a sector keeps at least one."))

    def _listed(self, at: Place, fields: Fields, none: Any) -> list[Wanted]:
        found = []
        items = at.items()
        if not items:
            raise Invalid(none)
        for inner in items:
            # A plain name is the short form.
            if isinstance(inner.node, Scalar) and not inner.is_null:
                inner, known = _labelled(inner, inner.node.text), {"name": inner}
            else:
                taken = inner.take(lambda place: _titled(place, tuple(fields)))
                if taken is MISSING:
                    self.whole = False
                    continue
                inner, known = taken
            values = _values(inner, known, fields)
            found.append(Wanted(values.get("name", ""), inner, values))
        return [one for one in found if self._is_named(one)]

    def emails(self, at: Place) -> list[str]:
        """Read a list of people."""
        found: dict[str, None] = {}
        for inner in at.items():
            email = inner.take(_email)
            if email is MISSING:
                continue
            if email in found:
                inner.say(_("%(name)s stands in this list twice. Keep one.") % {"name": email[:80]})
            found[email] = None
            self.people[email].append(inner)
        return sorted(found)

    def limits(self, at: Place) -> dict[str, int]:
        """Read the agents' own limits."""
        found: dict[str, int] = {}
        for email, inner in at.pairs():
            email = canonical(email)
            value = inner.take(lambda place: clean_limit(place.number()))
            if value is not MISSING:
                found[email] = value
            self.people[email].append(inner)
        return dict(sorted(found.items()))


def _labelled(at: Place, name: str) -> Place:
    """Return an item's node, labelled with its name instead of its index."""
    return Place(at.node, (*at.parts[:-1], " ".join(name[:200].split())), at.problems) if name.strip() else at


def _titled(at: Place, keys: tuple[str, ...]) -> tuple[Place, dict[str, Place]]:
    """Return an item's node labelled with its name, and its values by key. Raises Invalid."""
    names = [inner for key, inner in at.pairs() if words.meant(key, keys) == "name"]
    if names and isinstance(names[0].node, Scalar):
        at = _labelled(at, names[0].node.text)
    return at, at.known(keys)


def _values(at: Place, known: dict[str, Place], fields: Fields) -> dict[str, Any]:
    """Return the valid values by field name."""
    if "name" not in known:
        at.say(_("Write a name here: “name: …”."))
    found = {name: known[key].take(reader) for key, (name, reader) in fields.items() if key in known}
    return {name: value for name, value in found.items() if value is not MISSING}


def _named(at: Place) -> str:
    return clean_name(at.text(), limit=max_length(Sector, "name"))


def _perhaps(at: Place) -> str:
    return "" if at.is_null else at.text()


def _color(at: Place) -> str:
    text = _perhaps(at)
    return words.meant(text, [value for value in Color.values if value]) or text


def _email(at: Place) -> str:
    return canonical(at.text())


def _hours(at: Place) -> list[Range]:
    found = []
    for inner in at.items():
        text = inner.take(Place.text)
        value = read_range(text) if text is not MISSING else None
        if value is not None:
            found.append(value)
        elif text is not MISSING:
            inner.say(_("Write hours as 08:00-12:00; 22:00-06:00 passes midnight, 00:00-24:00 is the whole day."))
    return found


def _week(at: Place) -> list[list[list[int]]]:
    days = at.known(times.WEEKDAYS)
    week = [days[day].take(_hours) if day in days else [] for day in times.WEEKDAYS]
    return [[list(pair) for pair in day] for day in clean_week([[] if day is MISSING else day for day in week])]


def _automatic(at: Place) -> dict[str, str]:
    known = at.known(Moment.values)
    found = {moment: known[moment].take(partial(_text_of, moment)) for moment in sorted(known)}
    return {moment: text for moment, text in found.items() if text and text is not MISSING}


def _text_of(moment: str, at: Place) -> str:
    return clean_texts({moment: _perhaps(at)})[moment]


def _waiting_every(at: Place) -> int | None:
    return None if at.is_null else clean_every(at.number())


def _minutes(rule: str, at: Place) -> int | None:
    return None if at.is_null else clean_minutes(rule, at.number())


def attending(at: Place) -> Attending:
    """Read a sector's service rules; rules that aren't in the file are off. Raises Invalid."""
    readers: dict[str, Reader] = {rule: partial(_minutes, rule) for rule in RULES}
    readers |= {
        "warn_text": lambda place: clean_warning(_perhaps(place)),
        "close_tag": _perhaps,
        "agents_read_earlier": Place.yes_no,
    }
    known = at.known(tuple(ATTENDING))
    read_values = {name: known[name].take(readers[name]) for name in known}
    found = Attending({**ATTENDING, **{k: v for k, v in read_values.items() if v is not MISSING}}, None)
    name = found.values.pop("close_tag")
    if MISSING in read_values.values():
        return found
    if found.values["warn_after"] and not found.values["warn_text"]:
        raise Invalid(constraint_sentence("attendance_warns_with_text"))
    if bool(found.values["close_after"]) != bool(name):
        raise Invalid(_("Say both, after how many minutes (close_after) and with which tag (close_tag), or none."))
    both = found.values["warn_after"] and found.values["close_after"]
    if both and found.values["warn_after"] >= found.values["close_after"]:
        raise Invalid(constraint_sentence("attendance_warns_before_closing"))
    if name:
        found.close_tag = Wanted(name, known["close_tag"])
    else:
        found.values["close_tag"] = None
    return found


def _day(at: Place) -> SpecialDay:
    known = at.known(("date", "yearly", "name", "hours"))
    if "date" not in known:
        raise Invalid(_("Write a date here: “date: 2026-12-24”."))
    day = known["date"].take(_date)
    yearly = known["yearly"].take(Place.yes_no) if "yearly" in known else False
    label = known["name"].take(_perhaps) if "name" in known else ""
    ranges = known["hours"].take(_hours) if "hours" in known else []
    if MISSING in (day, yearly, label) or ranges is MISSING:
        return MISSING
    return clean_day(SpecialDay(day, label, tuple(ranges), yearly))


def _date(at: Place) -> date:
    day = parse_day(at.text().strip())
    if day is None:
        raise Invalid(_("Write a date that the calendar has, as 2026-12-24."))
    return day


def _days(at: Place) -> list[SpecialDay]:
    found: dict[Any, SpecialDay] = {}
    for inner in at.items():
        day = inner.take(_day)
        if day is MISSING:
            continue
        if day.key in found:
            inner.say(_("This date has a special day further up already. Keep one."))
        found[day.key] = day
    if len(found) > MAX_DAYS:
        raise Invalid(_("A sector has at most %(limit)d special days. Remove past ones first.") % {"limit": MAX_DAYS})
    return list(found.values())


def _shortcut(key: str, _at: Place) -> str:
    return clean_shortcut(key)


def _quick(at: Place) -> list[Wanted]:
    found = []
    for key, inner in at.pairs():
        shortcut = inner.take(partial(_shortcut, key))
        text = inner.take(lambda place: clean_text(place.text()))
        if MISSING not in (shortcut, text):
            found.append(Wanted(shortcut, inner, {"shortcut": shortcut, "text": text}))
    if len(found) > MAX_QUICK:
        raise Invalid(_("There can be at most %(limit)d quick messages. Remove some first.") % {"limit": MAX_QUICK})
    return found


def _fold(sectors: list[WantedSector]) -> None:
    """Set the folded names of all items, and report duplicates within a list."""
    lists: list[Sequence[Wanted]] = [
        sectors,
        *(part or [] for one in sectors for part in (one.queues, one.tags, one.quick)),
    ]
    everything = [wanted for some in lists for wanted in some]
    everything += [one.close_tag for one in sectors if one.close_tag]
    for wanted, key in zip(everything, folded([wanted.name for wanted in everything]), strict=True):
        wanted.key = key
    for some in lists:
        first: dict[str, Wanted] = {}
        for wanted in some:
            if wanted.name and wanted.key in first:
                line = first[wanted.key].place.node.line
                sentence = _("This name stands in the list already, at line %(line)d; case and accents don't count.")
                wanted.place.say(sentence % {"line": line})
            first.setdefault(wanted.key, wanted)
