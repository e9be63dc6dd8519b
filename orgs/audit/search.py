"""Search the audit log: filters from the query string, and the matching entries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotAllowed
from core.exports import Cell, Column, cells, column_names
from core.form_fields import search_field
from core.http import parse_uuid
from core.log_filters import PeriodFilter, ZonedPeriodForm
from core.text import holds_words
from orgs.audit import descriptions as words
from orgs.models import AuditEntry, Organization, Project, User

#: Maximum number of people matched by name when filtering by actor.
_MAX_PEOPLE = 50
#: Entries per query of an export.
CHUNK = 1_000
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class AuditFilter(PeriodFilter):
    """Filters of the audit log.

    ``who``: part of an address or name, ``what``: a group or an action of ``orgs.audit.descriptions``, ``thing``:
    part of the target's name, or its id.
    """

    who: str = ""
    what: str = ""
    thing: str = ""


def entries_of(place: Organization | Project) -> QuerySet[AuditEntry]:
    """Return the entries of a project, or of an organization and all its projects."""
    if isinstance(place, Project):
        return AuditEntry.objects.filter(project=place)
    return AuditEntry.objects.filter(organization=place)


def matching_entries(place: Organization | Project, asked: AuditFilter) -> QuerySet[AuditEntry]:
    """Return the entries of a place that match the filters, unordered."""
    entries = entries_of(place)
    if asked.who:
        entries = entries.filter(_by(place, asked.who))
    if asked.what:
        actions = words.actions_of(asked.what) if asked.what in words.GROUPS else [asked.what]
        entries = entries.filter(action__in=actions)
    if asked.thing:
        key = parse_uuid(asked.thing)
        entries = entries.filter(Q(target_id=key) if key else holds_words(asked.thing, "target_name"))
    return entries.filter(asked.within("at"))


def _by(place: Organization | Project, who: str) -> Q:
    """Return the condition for actors that match ``who``: an address, a token's name, or a member's name."""
    organization = place.organization_id if isinstance(place, Project) else place.pk
    people = User.objects.searched(who).filter(organization_memberships__organization=organization)
    keys = list(people.order_by().values_list("pk", flat=True)[:_MAX_PEOPLE])
    named = holds_words(who, "actor_name")
    return named | Q(actor__in=keys) if keys else named


def actors_of(entries: list[AuditEntry]) -> dict[UUID, User]:
    """Return the actors of the entries that still have an account, by id."""
    keys = {entry.actor_id for entry in entries if entry.actor_id}
    return User.objects.in_bulk(keys) if keys else {}


def _choices() -> list[tuple[str, Any]]:
    groups: list[tuple[str, Any]] = [("", gettext_lazy("Everything"))]
    for key, group in words.GROUPS.items():
        actions = [(action, words.short(action)) for action in words.actions_of(key)]
        groups.append((str(group.label), [(key, _("All of these: %(group)s") % {"group": group.label}), *actions]))
    return groups


class QuestionForm(ZonedPeriodForm):
    """Parses the filters from a query string."""

    who = search_field(gettext_lazy("Who"), _LONGEST, gettext_lazy("Name or e-mail"))
    what = forms.ChoiceField(label=gettext_lazy("What"), required=False, choices=_choices)
    thing = search_field(gettext_lazy("Of what"), _LONGEST, gettext_lazy("Name or id"))

    def __init__(self, data: Any, *, zone: str) -> None:
        super().__init__(data, zone=zone)
        self.fields["who"].widget.attrs["list"] = "audit-people"
        self.fields["what"].error_messages["invalid_choice"] = _("There is no such action. Choose one of the list.")

    def question(self) -> AuditFilter:
        """Return the filters; only for a valid form."""
        c = self.cleaned_data
        return AuditFilter(who=c["who"], what=c["what"], thing=c["thing"], **self.period())


def read(data: Any, *, zone: str) -> tuple[AuditFilter | None, QuestionForm]:
    """Return the filters of a query string (None if any is invalid), and the form that shows them.

    ``zone`` is the reader's time zone, used if the query string has none.
    """
    form = QuestionForm(data, zone=zone)
    return (form.question() if form.is_valid() else None), form


def lines(
    place: Organization | Project, asked: AuditFilter, still_allowed: Callable[[], bool] = lambda: True
) -> Iterator[list[Cell]]:
    """Yield a header and then a row per matching entry, in the order asked for, read in batches.

    Texts are in the active language, times in the filter's zone. ``still_allowed`` is called before each further
    batch; raises NotAllowed if it returns False.
    """
    yield column_names(COLUMNS)
    parts = asked.keyset("at").parts(lambda: matching_entries(place, asked).select_related("project"), CHUNK)
    for number, part in enumerate(parts):
        if number and not still_allowed():
            raise NotAllowed
        with timezone.override(asked.zone):
            rows = [cells(COLUMNS, Line(entry, asked.zone)) for entry in part]
        yield from rows


@dataclass
class Line:
    """An entry as a row of the export; times are in ``zone``."""

    entry: AuditEntry
    zone: str

    @cached_property
    def differences(self) -> list[words.Difference]:
        """Return what changed, untruncated."""
        return words.differences_of(self.entry, words.WHOLE)


COLUMNS: tuple[Column[Line], ...] = (
    Column(
        gettext_lazy("Time"), lambda line: line.entry.at.astimezone(ZoneInfo(line.zone)).strftime("%Y-%m-%d %H:%M:%S")
    ),
    Column(gettext_lazy("Time zone"), lambda line: line.zone),
    Column(gettext_lazy("Who"), lambda line: line.entry.actor_name),
    Column(gettext_lazy("IP address"), lambda line: line.entry.address or ""),
    Column(gettext_lazy("Project"), lambda line: line.entry.project.name if line.entry.project else ""),
    Column(gettext_lazy("What happened"), lambda line: words.sentence_of(line.entry)),
    Column(gettext_lazy("Action"), lambda line: line.entry.action),
    Column(gettext_lazy("Kind"), lambda line: line.entry.target_type),
    Column(gettext_lazy("Name"), lambda line: line.entry.target_name),
    Column(gettext_lazy("Id"), lambda line: str(line.entry.target_id or "")),
    Column(
        gettext_lazy("Before"),
        lambda line: "\n".join(f"{d.label}: {d.before}" for d in line.differences if d.before is not None),
    ),
    Column(
        gettext_lazy("After"),
        lambda line: "\n".join(f"{d.label}: {d.after}" for d in line.differences if d.after is not None),
    ),
    Column(gettext_lazy("Request"), lambda line: line.entry.request_id),
)
