"""Validation of sectors and what belongs to them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, NotAllowed
from core.timezones import is_zone
from core.validation import check_length
from orgs.access import Actor, Member, people_with_chats
from orgs.models import Project, User
from sectors.hours.schedule import DAY, Range
from sectors.message_variables import NAMES, guess, unknown_variables
from sectors.models import TEXT_LENGTH, TICKET_LIMIT

WeekRanges = Sequence[Sequence[Range]]


class NoAccessToChats(DomainError):
    """A selected manager or agent has no access to Chats."""

    code = "no_access_to_chats"
    sentence = _(
        "%(names)s can't be picked: they have no access to Chats in this project. "
        "Give them the role Human attendance first."
    )

    def __init__(self, users: Iterable[User], field: str) -> None:
        names = ", ".join(u.name for u in users)
        super().__init__(self.sentence % {"names": names}, field=field, names=names)


def allow(by: Actor, right: Callable[[Member], bool]) -> None:
    """Raise NotAllowed for a person without the right; the caller has checked programs and the system."""
    if by.member is not None and not right(by.member):
        raise NotAllowed


def allow_creating(by: Actor, project: Project) -> None:
    """Raise NotAllowed for a person who may not create sectors in the project."""
    allow(by, lambda member: member.may_create_sectors() and member.project == project)


def allow_configuring(by: Actor, sector_id: UUID) -> None:
    """Raise NotAllowed for a person who may not configure the sector."""
    allow(by, lambda member: member.may_configure_sector(sector_id))


def clean_limit(limit: object) -> int:
    """Return the limit of simultaneous tickets. Raises Invalid."""
    return TICKET_LIMIT.clean(limit, field="ticket_limit")


def clean_week(week: object) -> list[list[Range]]:
    """Return seven sorted lists of ranges (minutes; Monday first). Raises Invalid if ranges overlap or are out of
    order, also across midnight and from Sunday into Monday.
    """
    bad = Invalid(
        _("Work hours are given as seven days with ranges that open before they close."),
        code="range_out_of_order",
        field="hours",
    )
    if not isinstance(week, list | tuple) or len(week) != 7:
        raise bad
    cleaned: list[list[Range]] = []
    spans: list[Range] = []
    for weekday, day in enumerate(week):
        if not isinstance(day, list | tuple):
            raise bad
        ranges: list[Range] = []
        for pair in day:
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise bad
            opens, closes = pair
            if type(opens) is not int or type(closes) is not int:
                raise bad
            if not (0 <= opens < DAY and opens < closes <= opens + DAY):
                raise bad
            ranges.append((opens, closes))
            spans.append((weekday * DAY + opens, weekday * DAY + closes))
        cleaned.append(sorted(ranges))
    spans.sort()
    wrapped = [*spans, *([(spans[0][0] + 7 * DAY, spans[0][1] + 7 * DAY)] if spans else [])]
    if any(one[1] > other[0] for one, other in pairwise(wrapped)):
        raise Invalid(_("Two ranges of work hours overlap."), code="ranges_overlap", field="hours")
    return cleaned


def clean_timezone(name: object) -> str:
    """Return an IANA time zone name. Raises Invalid."""
    if not isinstance(name, str) or not is_zone(name):
        raise Invalid(_("Choose a time zone."), code="unknown_timezone", field="timezone")
    return name


def clean_managers(project: Project, users: Collection[User]) -> list[User]:
    """Return the users if each has access to Chats in the project. Raises NoAccessToChats."""
    return clean_people(project, users, "managers")


def clean_people(project: Project, users: Collection[User], field: str) -> list[User]:
    """Return the users if each has access to Chats in the project; ``field`` is the field of the error.

    Raises NoAccessToChats.
    """
    allowed = set(people_with_chats(project).filter(pk__in=[u.pk for u in users]))
    without = [u for u in users if u not in allowed]
    if without:
        raise NoAccessToChats(without, field)
    return list(dict.fromkeys(users))


def clean_words(given: object, *, field: str, names: Collection[str] = NAMES, elsewhere: Collection[str] = ()) -> str:
    """Return a stripped text with variables (``names``); may be empty.

    Raises Invalid: not a string, too long, with an unknown variable, or with one that has a value ``elsewhere`` only.
    """
    if not isinstance(given, str):
        raise Invalid(_("Send text."), field=field)
    text = given.replace("\r\n", "\n").replace("\x00", "").strip()
    check_length(given if len(given) > 2 * TEXT_LENGTH else text, TEXT_LENGTH, field=field)
    unknown = unknown_variables(text, names)
    if unknown:
        listed = ", ".join(f"{{{{{name[:40]}}}}}" for name in unknown[:5])
        sentence = _("There are no such variables: %(names)s.")
        if set(unknown) <= set(elsewhere):
            sentence = _("These variables have no value at this moment: %(names)s.")
        told = str(sentence) % {"names": listed}
        if close := next(filter(None, (guess(name, names) for name in unknown if name not in elsewhere)), None):
            told += " " + _("Is %(name)s meant?") % {"name": f"{{{{{close}}}}}"}
        raise Invalid(told, code="unknown_variable", field=field)
    return text
