"""Starting conversations: what is asked for is stored, the worker sends it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import compress
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from active_messages import live_events
from active_messages.access import engine_of, is_starter, sectors_to_start_in
from active_messages.client import Engine, Flow
from active_messages.models import IN_PROGRESS, FlowEngine, Refusal, Start, StartState
from active_messages.people import Person, contacts_of, open_tickets, with_contacts
from core.encryption import Undecipherable
from core.errors import Conflict, DomainError, Invalid, NotAllowed, from_database
from core.ids import uuid7
from core.text import matches
from core.throttling import CacheUnavailable
from orgs import audit
from orgs.access import Actor
from orgs.access.current import held
from orgs.models import Project
from sectors.models import Sector
from tickets.operations import check_hours

from .sending import hand_over

#: Seconds for which the engine's list of flows is kept.
_KEPT = 60
#: Whom a flow was started for so recently, nobody starts one for again: a form was sent twice.
_JUST_NOW = timedelta(minutes=2)
#: People of one submission.
MAX_AT_ONCE = 200
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
    """Return the flows that can be started whose name has every word of the text, those last used first.

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
        flows = list(compress(flows, matches(text, [flow.name for flow in flows])))
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
    now = now or timezone.now()
    flow = check_start(people, flow_uuid=flow_uuid, sector=sector, by=by, now=now)
    return _store(people, flow, sector, by, now)


def check_start(
    people: Sequence[Person], *, flow_uuid: str, sector: Sector, by: Actor, now: datetime | None = None
) -> Flow:
    """Return the flow if these conversations could be started now; raise what ``start_conversations`` raises."""
    if by.member is None or by.user is None:
        raise NotAllowed
    if not people:
        raise Invalid(_("Choose to whom to write."), field="person")
    if len(people) > MAX_AT_ONCE:
        raise Invalid(_("At most %(most)s people at once.") % {"most": MAX_AT_ONCE}, field="people")
    check_hours(sector, now or timezone.now())
    flow = next((one for one in flows_of(by.member.project) if one.uuid == flow_uuid), None)
    if flow is None:
        raise Invalid(_("Choose a flow."), field="flow")
    return flow


@transaction.atomic
def _store(
    people: Sequence[Person], flow: Flow, sector: Sector, by: Actor, now: datetime, *, repeats: Start | None = None
) -> UUID:
    by = held(by)
    if repeats is not None:
        # Of two who repeat it at once, one does.
        own = Start.objects.filter(pk=repeats.pk, repeated_at=None)
        if not own.update(repeated_at=now):
            raise Conflict
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
    refusals = _refusals(project, people, now)
    starts = [
        _start(person, batch, number, flow, found, by, now, refused)
        for number, (person, refused) in enumerate(zip(people, refusals, strict=True))
    ]
    try:
        with transaction.atomic():
            Start.objects.bulk_create(starts)
    except IntegrityError as error:
        raise (from_database(error) or error) from error
    audit.record(by, "conversations.started", found, project=project, after={"count": len(starts), "flow": flow.name})
    hand_over(project.pk)
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
        flow_uuid=flow.uuid.lower(),
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


def _refusals(project: Project, people: Sequence[Person], now: datetime) -> list[str]:
    """Return for each of the people why no conversation is started with them, or an empty string."""
    mains = [{contact.main_id for contact in contacts} for contacts in contacts_of(project, people)]
    every = {pk for ones in mains for pk in ones}
    busy = set(open_tickets(project, every).values_list("main_contact", flat=True))
    recent = Start.objects.filter(project=project).filter(
        Q(state__in=IN_PROGRESS) | Q(state=StartState.STARTED, created_at__gt=now - _JUST_NOW)
    )
    keys = set(recent.filter(person_key__in=[p.key for p in people]).values_list("person_key", flat=True))
    starting = set(recent.filter(contact__main__in=every).values_list("contact__main", flat=True))

    def refusal(person: Person, own: set[UUID]) -> str:
        if own & busy:
            return Refusal.IN_CONVERSATION
        return Refusal.STARTING if person.key in keys or own & starting else ""

    return [refusal(person, own) for person, own in zip(people, mains, strict=True)]


def left_in_hour(row: FlowEngine, now: datetime | None = None) -> int:
    """Return how many conversations the project may still start. Those that were never sent don't count. ``now`` is
    aware."""
    since = (now or timezone.now()) - _HOUR
    recent = Start.objects.filter(project=row.project_id, created_at__gt=since)
    sent = recent.exclude(state=StartState.REFUSED, attempts=0)
    return max(row.hourly_limit - sent.order_by("-created_at")[: row.hourly_limit].count(), 0)


def _check_rate(row: FlowEngine, wanted: int, now: datetime) -> None:
    """Raise Conflict if the project would exceed its maximum an hour. The caller holds the engine's row."""
    left = left_in_hour(row, now)
    if wanted <= left:
        return
    sentence = _(
        "In this project at most %(limit)d conversations are started in an hour. Left now: %(left)d. Try again later."
    )
    raise Conflict(sentence % {"limit": row.hourly_limit, "left": left}, code="too_many_starts")


def start_again(start: Start, *, by: Actor, now: datetime | None = None) -> UUID:
    """Start a conversation again that was not started, or of which that is not known; return the new batch.

    Raises what ``start_conversations`` raises, and Conflict if the start has another state.
    """
    if not start.may_be_started_again:
        raise Conflict
    person = Person(start.contact, start.engine_contact, start.urn, start.name)
    people = with_contacts(by.member, [person]) if start.contact is None and by.member else [person]
    now = now or timezone.now()
    flow = check_start(people, flow_uuid=start.flow_uuid, sector=start.sector, by=by, now=now)
    return _store(people, flow, start.sector, by, now, repeats=start)
