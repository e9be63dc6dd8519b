"""Importing a configuration file: a diff, then all of it or nothing (docs/rules.md, Configuration as a file)."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.constraints import check_deferred
from core.errors import Conflict, DomainError, rules_of_database
from core.text import Fold
from orgs import audit
from orgs.access import Actor, people_with_chats
from orgs.access.locks import lock_people
from orgs.models import Project, ProjectMembership, User
from queues import operations as queues
from queues.operations import NewQueue
from sectors import operations as sectors
from sectors.locks import lock_sectors
from sectors.models import Moment, Sector
from sectors.operations import QuickText
from sectors.validation import allow_creating
from tags import operations as tags
from tags.models import Tag
from tags.operations import MAX_AT_ONCE, NewTag, starter_name
from tickets.operations import set_service_rules

from .diff import Comparison, Difference, Kind, Part, SectorChange, people_in
from .problems import ConfigurationRefused
from .state import ATTENDING, SectorState, fingerprint_of, open_tickets_of, state_of
from .validate import Checked, check

_CREATED = {"timezone": "timezone_name", "hours": "week"}
_OF_UPDATE = {"name", "timezone", "ticket_limit", "active_messages", "always_open"}


def difference_of(project: Project, raw: bytes | str, *, by: Actor) -> Difference:
    """Return what a file would change in a project, with all its problems; nothing is changed.

    ``by`` matters for problems: only administrators archive and restore sectors. Raises NotAllowed.
    """
    allow_creating(by, project)
    return _compare(project, check(raw), by)[0]


def _compare(project: Project, checked: Checked, by: Actor) -> tuple[Difference, dict[str, User]]:
    present = state_of(project, archived=checked.keys)
    people = _people(project, checked, present)
    mark = fingerprint_of(present)
    if not checked.whole:
        # Anything unreadable would look as if it were missing from the file.
        return Difference([], [], [], checked.problems, mark), people
    comparison = Comparison(
        checked.problems,
        open_tickets=open_tickets_of(project),
        may_archive=by.member is None or by.member.may_archive_sectors(),
        starter=starter_name(),
    )
    return comparison.of(present, checked.sectors, mark), people


def _people(project: Project, checked: Checked, present: Collection[SectorState]) -> dict[str, User]:
    """Return the people of a file by e-mail address; people who can't be assigned are problems."""
    asked = list(checked.people)
    able = {user.email: user for user in people_with_chats(project).filter(email__in=asked)}
    # People already assigned somewhere may stay.
    staying = people_in(present) - able.keys()
    able |= {user.email: user for user in User.objects.filter(email__in=staying & set(asked))}
    members = ProjectMembership.objects.filter(project=project, user__email__in=set(asked) - able.keys())
    without = set(members.values_list("user__email", flat=True))
    for email, places in checked.people.items():
        if email not in able:
            sentence = (
                _("%(email)s has no access to Chats in this project. Give them the role Human attendance first.")
                if email in without
                else _("Nobody in this project has the address %(email)s. Add them to its members first.")
            )
            places[0].say(sentence % {"email": email[:80]})
    return able


@transaction.atomic
def apply_configuration(project: Project, raw: bytes | str, *, by: Actor, fingerprint: str) -> Difference:
    """Apply a file to a project, all or nothing; returns what was changed.

    ``fingerprint`` is that of the diff that was reviewed: if the set-up has changed since, nothing is applied. Raises
    NotAllowed, Conflict changed_meanwhile, ConfigurationRefused, and what the operations raise.
    """
    allow_creating(by, project)
    checked = check(raw)
    # People, then the list, then sectors: the lock order of all operations.
    lock_people(list(User.objects.filter(email__in=list(checked.people)).values_list("pk", flat=True)))
    sectors.lock_list(project)
    lock_sectors(list(Sector.objects.filter(project=project).values_list("pk", flat=True)))
    difference, people = _compare(project, checked, by)
    if checked.problems:
        raise ConfigurationRefused(checked.problems)
    if fingerprint != difference.fingerprint:
        raise Conflict(
            _("The project has changed since the difference was shown. Look at the new difference, then apply it."),
            code="changed_meanwhile",
        )
    if not difference.empty:
        _Applying(project, by, people).all(difference)
        audit.record(by, "configuration.imported", project, project=project, after=dict(difference.counts))
    return difference


class _Applying:
    """Calls the operations, one after the other."""

    def __init__(self, project: Project, by: Actor, people: dict[str, User]) -> None:
        self.project = project
        self.by = by
        self.people = people

    def all(self, difference: Difference) -> None:
        """Apply everything. Additions come before removals, since a sector keeps at least one queue and tag."""
        for change in difference.sectors:
            try:
                self.sector(change)
            except DomainError as error:
                # Add the location to the message; the code stays.
                error.sentence = f"{change.name}: {error.sentence}"
                raise
        self._order(Sector.objects.live().filter(project=self.project), difference.keys, self._order_sectors)
        with rules_of_database():
            check_deferred("sector_keeps_queue")
            check_deferred("sector_keeps_tag")

    def sector(self, change: SectorChange) -> None:
        """Apply the changes to a sector and its parts."""
        if change.kind is Kind.ARCHIVED:
            sectors.archive_sector(change.row, by=self.by)
            return
        if change.kind is Kind.ADDED:
            change.row = self._new(change.values)
        elif change.kind is Kind.RESTORED:
            change.row = sectors.restore_sector(change.row, by=self.by)
        fields = {one.field: one.after for one in change.fields}
        if change.kind is not Kind.ADDED:
            self._update(change.row, fields)
        if "agent_limits" in fields:
            limits = {self.people[email]: limit for email, limit in fields["agent_limits"].items()}
            sectors.set_agent_limits(change.row, limits, by=self.by)
        self._texts(change.row, fields)
        self._days(change.row, change.days)
        self._quick(change.row, change.quick)
        self._queues(change.row, change.queues, new=change.kind is Kind.ADDED)
        self._tags(change.row, change.tags)
        self._attending(change.row, fields)
        self._end_tags(change.row, change.tags, new=change.kind is Kind.ADDED)

    def _who(self, emails: Collection[str]) -> list[User]:
        return [self.people[email] for email in emails]

    def _new(self, values: dict[str, Any]) -> Sector:
        given = {
            _CREATED.get(name, name): value
            for name, value in values.items()
            if name in (_OF_UPDATE - {"name"}) | {"hours"}
        }
        managers = self._who(values["managers"])
        return sectors.create_sector(self.project, values["name"], by=self.by, managers=managers, **given)

    def _update(self, row: Sector, fields: dict[str, Any]) -> None:
        values = {name: value for name, value in fields.items() if name in _OF_UPDATE}
        if "hours" in fields:
            values["week"] = fields["hours"]
        if "managers" in fields:
            values["managers"] = self._who(fields["managers"])
        if values:
            sectors.update_sector(row, by=self.by, **values)

    def _texts(self, row: Sector, fields: dict[str, Any]) -> None:
        values = {name: fields[name] for name in ("waiting_every",) if name in fields}
        named = fields.get("automatic_messages")
        texts = {} if named is None else dict.fromkeys(Moment.values, "") | named
        if texts or values:
            sectors.set_automatic_messages(row, texts, by=self.by, **values)

    def _days(self, row: Sector, part: Part) -> None:
        for change in part.changes:
            if change.kind is Kind.REMOVED:
                sectors.remove_special_day(change.row, by=self.by)
            elif change.kind is Kind.CHANGED:
                sectors.change_special_day(change.row, change.values["day"], by=self.by)
        new = [change.values["day"] for change in part.changes if change.kind is Kind.ADDED]
        if new:
            sectors.add_special_days(row, new, by=self.by)

    def _quick(self, row: Sector, part: Part) -> None:
        for change in part.changes:
            if change.kind is Kind.REMOVED:
                sectors.remove_quick_message(change.row, by=self.by)
        texts = [
            QuickText(change.name, change.values["text"])
            for change in part.changes
            if change.kind is not Kind.REMOVED
        ]
        if texts:
            sectors.add_quick_messages(self.project, texts, by=self.by, sector=row, replace=True)

    def _queues(self, row: Sector, part: Part, *, new: bool) -> None:
        added = [change.values for change in part.changes if change.kind is Kind.ADDED]
        if added:
            made = [NewQueue(**{**values, "agents": self._who(values["agents"])}) for values in added]
            queues.create_queues(row, made, by=self.by)
        for change in part.changes:
            values = {name: value for name, value in change.values.items() if name != "agents"}
            fields = {one.field for one in change.fields}
            agents = self._who(change.values.get("agents", ()))
            if change.kind is Kind.RESTORED:
                queues.restore_queue(change.row, by=self.by)
            if fields and change.kind in {Kind.CHANGED, Kind.RESTORED}:
                values = {name: value for name, value in values.items() if name in fields}
                if "agents" in fields:
                    values["agents"] = agents
                queues.update_queue(change.row, by=self.by, **values)
        for change in part.changes:
            if change.kind is Kind.ARCHIVED:
                queues.archive_queue(change.row, by=self.by)
        if not new:
            self._order_part(part, row.queues.live(), lambda keys: queues.order_queues(row, keys, by=self.by))

    def _attending(self, row: Sector, fields: dict[str, Any]) -> None:
        """Runs after adding tags and before archiving them: one of them closes tickets of silent contacts."""
        values = {name: value for name, value in fields.items() if name in ATTENDING}
        if values.get("close_tag"):
            values["close_tag"] = Tag.objects.choosable().get(sector=row, name=values["close_tag"])
        if values:
            set_service_rules(row, by=self.by, **values)

    def _tags(self, row: Sector, part: Part) -> None:
        added = [NewTag(**change.values) for change in part.changes if change.kind is Kind.ADDED]
        for start in range(0, len(added), MAX_AT_ONCE):
            tags.add_tags(row, added[start : start + MAX_AT_ONCE], by=self.by)
        for change in part.changes:
            fields = {one.field for one in change.fields}
            if change.kind is Kind.RESTORED:
                tags.restore_tag(change.row, by=self.by)
            if change.kind in {Kind.RESTORED, Kind.CHANGED} and fields:
                values = {name: value for name, value in change.values.items() if name in fields}
                tags.change_tag(change.row, by=self.by, **values)

    def _end_tags(self, row: Sector, part: Part, *, new: bool) -> None:
        for change in part.changes:
            if change.kind is Kind.ARCHIVED:
                tags.archive_tag(change.row, by=self.by)
        if not new:
            self._order_part(part, row.tags.choosable(), lambda keys: tags.order_tags(row, keys, by=self.by))

    def _order_sectors(self, keys: Sequence[Any]) -> None:
        sectors.order_sectors(self.project, keys, by=self.by)

    def _order_part(self, part: Part, rows: Any, order: Any) -> None:
        come = any(change.kind in {Kind.ADDED, Kind.RESTORED} for change in part.changes)
        if part.keys is not None and (part.order or come):
            self._order(rows, part.keys, order)

    @staticmethod
    def _order(rows: Any, keys: Sequence[Any], order: Any) -> None:
        """Order the rows by the given folded names."""
        found = dict(rows.annotate(folded=Fold("name")).values_list("folded", "pk"))
        order([found[key] for key in keys if key in found])
