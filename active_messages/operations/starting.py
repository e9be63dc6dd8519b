"""Starting conversations: what is asked for is stored, the worker sends it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from active_messages import live_events
from active_messages.access import engine_of, is_starter, sectors_to_start_in
from active_messages.client import Engine, Flow
from active_messages.models import IN_PROGRESS, FlowEngine, Refusal, Start, StartState
from active_messages.people import MAX_AT_ONCE, Person, with_contacts
from core.encryption import Undecipherable
from core.errors import Conflict, DomainError, Invalid, NotAllowed, from_database
from core.ids import uuid7
from core.text import folded
from core.throttling import CacheUnavailable
from orgs import audit
from orgs.access import Actor
from orgs.access.current import held
from orgs.models import Project
from sectors.models import Sector
from tickets.models import Ticket
from tickets.operations import check_hours

#: Seconds for which the engine's list of flows is kept.
_KEPT = 60
#: Flows used last that come first in a list.
_LAST_USED = 5
_HOUR = timedelta(hours=1)


class NotConnected(DomainError):
    """No engine is connected to the project, or its token can't be read."""

    code = "not_connected"
    status = 409
    sentence = _("No engine is connected. An administrator connects one.")


def connected(project: Project) -> tuple[FlowEngine, Engine]:
    """Return the project's engine. Raises NotConnected."""
    row = engine_of(project)
    if row is None:
        raise NotConnected
    try:
        return row, Engine.of(row)
    except Undecipherable as error:
        raise NotConnected(Refusal.TOKEN.label) from error


def flows_of(project: Project, by: Actor | None = None, text: str = "") -> list[Flow]:
    """Return the flows that can be started whose name has the text in it, those that the person used last first.

    The engine's list is kept for a minute. Raises NotConnected, EngineFailed.
    """
    row, engine = connected(project)
    key = f"active_messages.flows:{project.pk}:{row.modified_at.timestamp()}"
    kept = None
    # Another process may be storing the same at this moment.
    with suppress(CacheUnavailable):
        kept = cache.get(key)
    if kept is None:
        kept = [(flow.uuid, flow.name) for flow in engine.flows()]
        with suppress(CacheUnavailable):
            cache.set(key, kept, _KEPT)
    flows = [Flow(*one) for one in kept]
    last = _last_used(project, by)
    flows.sort(key=lambda flow: last.index(flow.uuid) if flow.uuid in last else len(last))
    if text:
        [words, *names] = folded([text, *(flow.name for flow in flows)])
        flows = [flow for flow, name in zip(flows, names, strict=True) if words in name]
    return flows


def _last_used(project: Project, by: Actor | None) -> list[str]:
    if by is None or by.user is None:
        return []
    own = Start.objects.filter(project=project, by=by.user).order_by("-created_at", "-pk")[:50]
    return list(dict.fromkeys(own.values_list("flow_uuid", flat=True)))[:_LAST_USED]


def start_conversations(
    people: Sequence[Person], *, flow_uuid: str, sector: Sector, by: Actor, now: datetime | None = None
) -> UUID:
    """Start a conversation with each of the people; return the batch, whose starts tell how each goes.

    Who is in a conversation already, or about to be, is refused in their row alone. ``now`` is aware. Raises
    NotAllowed, Invalid (nobody, too many, a flow the engine doesn't have), OutsideHours, NotConnected, EngineFailed,
    Conflict (``too_many_starts``: the project's maximum an hour).
    """
    if by.member is None or by.user is None:
        raise NotAllowed
    project, now = by.member.project, now or timezone.now()
    if not people:
        raise Invalid(_("Choose to whom to write."), field="person")
    if len(people) > MAX_AT_ONCE:
        raise Invalid(_("At most %(most)s people at once.") % {"most": MAX_AT_ONCE}, field="people")
    flow = next((one for one in flows_of(project) if one.uuid == flow_uuid), None)
    if flow is None:
        raise Invalid(_("Choose a flow."), field="flow")
    return _store(people, flow, sector, by, now)


@transaction.atomic
def _store(people: Sequence[Person], flow: Flow, sector: Sector, by: Actor, now: datetime) -> UUID:
    by = held(by)
    member, user = by.member, by.user
    assert member is not None and user is not None
    project = member.project
    row = FlowEngine.objects.select_for_update(no_key=True).filter(project=project).first()
    if row is None:
        raise NotConnected
    if not is_starter(member, row.starters):
        raise NotAllowed
    found = sectors_to_start_in(member).filter(pk=sector.pk).first()
    if found is None:
        raise Invalid(_("Choose a sector that has active messages."), field="sector")
    check_hours(found, now)
    _check_rate(row, len(people), now)
    batch = uuid7()
    busy, starting = _in_conversation(project, people), _starting(project, people)
    starts = [
        _start(person, batch, number, flow, found, by, now, _refused(person, busy, starting))
        for number, person in enumerate(people)
    ]
    try:
        with transaction.atomic():
            Start.objects.bulk_create(starts)
    except IntegrityError as error:
        raise (from_database(error) or error) from error
    audit.record(by, "conversations.started", found, project=project, after={"count": len(starts), "flow": flow.name})
    hand_over(project)
    live_events.of_person(project.pk, user.pk, batch)
    return batch


def _start(
    person: Person, batch: UUID, position: int, flow: Flow, sector: Sector, by: Actor, now: datetime, refused: str
) -> Start:
    return Start(
        project_id=sector.project_id,
        sector=sector,
        by=by.user,
        batch=batch,
        position=position,
        flow_uuid=flow.uuid,
        flow_name=flow.name,
        contact=person.contact,
        engine_contact=person.engine_contact,
        urn=person.urn,
        name=person.name,
        person_key=person.key,
        state=StartState.REFUSED if refused else StartState.QUEUED,
        refusal=refused,
        next_attempt_at=now,
        created_at=now,
        settled_at=now if refused else None,
    )


def _refused(person: Person, busy: set[UUID], starting: set[str]) -> str:
    if person.contact is not None and person.contact.main_id in busy:
        return Refusal.IN_CONVERSATION
    return Refusal.STARTING if person.key in starting else ""


def _in_conversation(project: Project, people: Sequence[Person]) -> set[UUID]:
    mains = [person.contact.main_id for person in people if person.contact]
    return set(open_tickets(project, mains).values_list("main_contact", flat=True))


def open_tickets(project: Project, people: Sequence[UUID]) -> QuerySet[Ticket]:
    """Return the open tickets of people, named by their main contacts."""
    return Ticket.objects.open().filter(project=project, main_contact__in=people)


def _starting(project: Project, people: Sequence[Person]) -> set[str]:
    present = Start.objects.filter(project=project, state__in=IN_PROGRESS)
    return set(present.filter(person_key__in=[p.key for p in people]).values_list("person_key", flat=True))


def _check_rate(row: FlowEngine, wanted: int, now: datetime) -> None:
    """Raise Conflict if the project would exceed its maximum an hour. The caller holds the engine's row."""
    recent = Start.objects.filter(project=row.project_id, created_at__gt=now - _HOUR).exclude(
        state=StartState.REFUSED
    )
    count = recent.order_by("-created_at")[: row.hourly_limit].count()
    left = row.hourly_limit - count
    if wanted <= left:
        return
    sentence = _(
        "In this project at most %(limit)d conversations are started in an hour. Left now: %(left)d. Try again later."
    )
    raise Conflict(sentence % {"limit": row.hourly_limit, "left": max(left, 0)}, code="too_many_starts")


def start_again(start: Start, *, by: Actor, now: datetime | None = None) -> UUID:
    """Start a conversation again that was not started, or of which that is not known; return the new batch.

    Raises what ``start_conversations`` raises, and Conflict if the start has another state.
    """
    if not start.may_be_started_again:
        raise Conflict
    person = Person(start.contact, start.engine_contact, start.urn, start.name)
    people = with_contacts(start.project, [person]) if start.contact is None else [person]
    return start_conversations(people, flow_uuid=start.flow_uuid, sector=start.sector, by=by, now=now)


def hand_over(project: Project) -> None:
    """Defer the job that sends what is queued, committed with the current transaction."""
    values: dict[str, Any] = {"project_id": str(project.pk)}
    app.configure_task("active_messages.send_starts", allow_unknown=False).defer(**values)
