"""What scripts read with a token: which rows, filtered and in which order. Lists are pages of at most 100 rows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.instants import parse_day, parse_instant
from core.pagination import Keyset
from core.phone_numbers import terms_of
from core.text import holds_words, search_by_name
from orgs.access import people_with_chats, projects_reached_by
from orgs.models import Project, User
from queues.models import AgentStatus
from queues.online_totals import online_times
from sectors.models import Moment, Sector
from tickets.contact_keys import urn_path
from tickets.models import Assignment, Contact, Message, MessageKind, Ticket

from . import intake
from .lists import ListParameters

#: Most rows of a list that has no pages.
WHOLE = 5_000
#: Ids in one filter.
MAX_IDS = 500
NEWEST = Keyset("-opened_at", "-id")
LAST_CLOSED = Keyset("-closed_at", "-id")
#: Orders of rooms by their names in ``ordering``. An open room counts as one that ends after all others.
ORDERINGS = {
    "created_on": Keyset("opened_at", "id"),
    "-created_on": NEWEST,
    "ended_at": Keyset("closed_at", "id", nullable={"closed_at"}),
    "-ended_at": Keyset("-closed_at", "-id", nullable={"closed_at"}),
}
#: Words of a search; further ones are not looked for.
MAX_WORDS = 8
IN_TIME = Keyset("created_on", "id")


class Query(ListParameters):
    """The parameters of a read call."""

    size_names = ("limit", "page_size")
    max_counted = 10_000

    def text(self, name: str) -> str:
        return super().text(name).replace("\x00", "").strip()

    def truth(self, name: str) -> bool | None:
        text = self.text(name).lower()
        if text not in {"", "true", "false", "1", "0"}:
            raise self.wrong(name, _("Send true or false."))
        return text in {"true", "1"} if text else None

    def instant(self, name: str) -> datetime | None:
        """Return a time; a date alone is its first moment in UTC."""
        text = self.text(name)
        if not text:
            return None
        day = parse_day(text)
        found = datetime.combine(day, time.min, UTC) if day else parse_instant(text, naive=UTC)
        if found is None:
            raise self.wrong(name, _("Send a time as in 2030-01-31T09:30:00Z."))
        return found

    @cached_property
    def project(self) -> Project:
        """Return the project to read from: the token's only one, or the one named.

        Raises Invalid if the token reaches several and none is named (``project``, ``sector`` or ``queue``).
        """
        projects = projects_reached_by(self.token)
        if self.token.project_id is None:
            named = self.uuid("project")
            sectors = intake.sectors_in_reach(self.token)
            if named is None and (sector := self._sector_id()):
                named = sectors.filter(pk=sector).values_list("project", flat=True).first() or sector
            if named is None and (queue := self.uuid("queue")):
                named = sectors.filter(queues=queue).values_list("project", flat=True).first() or queue
            if named is None:
                raise Invalid(_("Name a project, a sector or a queue."), code="place_required", field="project")
            projects = projects.filter(pk=named)
        project = projects.first()
        if project is None:
            raise self.wrong("project", _("There is nothing at this address, or it is out of reach."))
        return project

    def days(self) -> tuple[datetime, datetime]:
        """Return the first moment of ``start_date`` and the last of ``end_date``, in UTC; both default to today.

        Raises ValidationError for what is no date, and for an end before the start.
        """
        today = timezone.now().astimezone(UTC).date()
        start, end = self.day("start_date") or today, self.day("end_date") or today
        if start > end:
            raise self.wrong("start_date", _("It is later than the end."))
        return datetime.combine(start, time.min, UTC), datetime.combine(end, time.max, UTC)

    def day(self, name: str) -> date | None:
        text = self.text(name)
        found = parse_day(text, any_year=True)
        if text and found is None:
            raise self.wrong(name, _("Send a date as in 2030-01-31."))
        return found

    def _sector_id(self) -> UUID | None:
        """Return the id that ``sector`` is, None if it is a name or missing."""
        try:
            return UUID(self.text("sector"))
        except ValueError:
            return None

    def whole(self, rows: QuerySet[Ticket], order: Keyset) -> list[Ticket]:
        """Return all rooms of a list without pages. Raises Invalid (too_many_rooms) for more than ``WHOLE``."""
        if rows.order_by().values("pk")[: WHOLE + 1].count() > WHOLE:
            sentence = _("There are more than %(most)d rooms. Narrow the period, or read them in pages.")
            raise Invalid(sentence % {"most": WHOLE}, code="too_many_rooms", field="created_on__gte")
        return list(rows.order_by(*order.order())[:WHOLE])

    def rooms(self) -> tuple[QuerySet[Ticket], Keyset]:
        """Return the rooms that the filters leave, and their order: that of ``ordering``, else the newest first, or,
        if they are chosen by when they ended, the last ended first."""
        rows = intake.rooms_in_reach(self.token).filter(project=self.project)
        if queue := self.uuid("queue"):
            rows = rows.filter(queue=queue)
        if sector := self.text("sector"):
            rows = rows.filter(self._in_sector(sector))
        for term in terms_of(self.text("search").replace(",", " "))[:MAX_WORDS]:
            rows = rows.filter(self._found_by(term))
        if urn := self.text("urn"):
            rows = rows.filter(contact__urn=urn_path(urn) or urn, is_anon=False)
        if ids := [word.strip() for word in self.text("external_ids").split(",") if word.strip()]:
            if len(ids) > MAX_IDS:
                raise self.wrong("external_ids", _("Send at most %(most)d.") % {"most": MAX_IDS})
            rows = rows.filter(contact__external_id__in=ids)
        if (is_active := self.truth("is_active")) is not None:
            rows = rows.open() if is_active else rows.closed()  # type: ignore[attr-defined]
        rows = self._within(rows, "created_on", "opened_at")
        by_end = self.text("ended_at__gte") or self.text("ended_at__lte")
        if by_end:
            rows = self._within(rows.closed(), "ended_at", "closed_at")  # type: ignore[attr-defined]
        return rows, self._ordering() or (LAST_CLOSED if by_end else NEWEST)

    def _ordering(self) -> Keyset | None:
        """Return the first order of ``ordering`` that is known; None if none is."""
        return next((ORDERINGS[name] for name in self.text("ordering").split(",") if name in ORDERINGS), None)

    def _in_sector(self, sector: str) -> Q:
        """Return the condition for rooms of a sector, by its id or a part of its name."""
        if named := self._sector_id():
            return Q(sector=named)
        return Q(sector__in=search_by_name(Sector.objects.filter(project=self.project), sector).values("pk"))

    def _found_by(self, term: str) -> Q:
        """Return the condition for rooms with a word or phone number in the contact's name, external id, URN or
        e-mail address, or in the agent's; anonymous rooms are found by name and external id alone."""
        contacts = Contact.objects.filter(project=self.project)
        known = contacts.filter(holds_words(term, "external_id", "name"))
        written = contacts.matching(term).shown()
        agents = User.objects.filter(holds_words(term, "email"))
        return (
            Q(contact__in=known.values("pk"))
            | Q(is_anon=False, contact__in=written.values("pk"))
            | Q(agent__in=agents.values("pk"))
        )

    def _within(self, rows: QuerySet[Ticket], name: str, column: str) -> QuerySet[Ticket]:
        earliest, latest = self.instant(f"{name}__gte"), self.instant(f"{name}__lte")
        if earliest and latest and earliest > latest:
            raise self.wrong(f"{name}__gte", _("It is later than the end."))
        if earliest:
            rows = rows.filter(**{f"{column}__gte": earliest})
        return rows.filter(**{f"{column}__lte": latest}) if latest else rows

    def messages(self) -> QuerySet[Message]:
        """Return the messages of a room, or of all rooms of a contact; no internal notes."""
        rooms = intake.rooms_in_reach(self.token)
        room, contact = self.uuid("room"), self.uuid("contact")
        if room is None and contact is None:
            raise self.wrong("room", _("Name a room."))
        if room:
            rooms = rooms.filter(pk=room)
        if contact:
            rooms = rooms.filter(contact=contact)
        if (is_active := self.truth("is_active")) is not None:
            rooms = rooms.open() if is_active else rooms.closed()  # type: ignore[attr-defined]
        found = Message.objects.filter(ticket__in=rooms).exclude(kind=MessageKind.NOTE)
        return found.select_related("user", "ticket__contact").prefetch_related("attachments")

    def agents(self) -> QuerySet[User]:
        """Return the people with access to Chats, of one queue or sector if named."""
        project = self.project
        people = people_with_chats(project)
        if email := self.text("user"):
            people = people.filter(email=email)
        queues = intake.queues_in_reach(self.token).filter(sector__project=project)
        if (sector := self.uuid("sector") or self.token.sector_id) is not None:
            queues = queues.filter(sector=sector)
        if (queue := self.uuid("queue")) is not None:
            queues = queues.filter(pk=queue)
        if sector or queue:
            # Not by a join: nobody is listed twice.
            people = people.filter(pk__in=queues.filter(agents__isnull=False).values("agents"))
        return people.order_by("id")


def with_tags(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Return rooms with what lists of their figures show."""
    return rows.for_lists().prefetch_related("tags")  # type: ignore[attr-defined]


def with_firsts(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Return rooms with ``first_assigned_at``, and ``told_assignment_at``: when a message told of it by itself."""
    told = Message.objects.filter(
        ticket=OuterRef("pk"), kind=MessageKind.AUTOMATIC, metadata__automatic=Moment.ASSIGNMENT
    )
    first = Assignment.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket")
    return rows.annotate(
        told_assignment_at=Subquery(told.order_by("number").values("created_on")[:1]),
        first_assigned_at=Subquery(first.annotate(at=Min("started_at")).values("at")),
    )


def add_statuses(project: Project, people: Iterable[User], days: tuple[datetime, datetime]) -> None:
    """Set ``current`` of each person to their status in the project, and ``online`` to the time online between two
    aware moments; None where there is none."""
    people = list(people)
    found = {row.user_id: row for row in AgentStatus.objects.filter(project=project, user__in=people)}
    online = online_times(project, [person.pk for person in people], start=days[0], end=days[1])
    for person in people:
        person.current = found.get(person.pk)  # type: ignore[attr-defined]
        person.online = online.get(person.pk)  # type: ignore[attr-defined]


def add_replied(messages: Iterable[Message]) -> None:
    """Set ``replied`` of each message to the one that it answers, None where it names none."""
    messages = list(messages)
    named = {m.pk: (m.ticket_id, key) for m in messages if (key := _answered_id(m.metadata))}
    tickets, ids = {ticket for ticket, _id in named.values()}, {key for _ticket, key in named.values()}
    rows = Message.objects.filter(ticket__in=tickets, external_id__in=ids) if named else ()
    found = {(row.ticket_id, row.external_id): row for row in rows}
    for message in messages:
        message.replied = found.get(named[message.pk]) if message.pk in named else None  # type: ignore[attr-defined]


def _answered_id(metadata: Any) -> str:
    context = metadata.get("context") if isinstance(metadata, dict) else None
    found = context.get("id") if isinstance(context, dict) else None
    return found if isinstance(found, str) else ""
