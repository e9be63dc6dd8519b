"""Who may start conversations, in which sectors, and who sees what was started (docs/rules.md, Active messages)."""

from django.db.models import Q, QuerySet

from core.text import by_name
from orgs.access import Member
from orgs.models import Project
from sectors.models import Sector

from .models import FlowEngine, Start, Starters


def engine_of(project: Project) -> FlowEngine | None:
    """Return the engine that is connected to a project, if any."""
    return FlowEngine.objects.filter(project=project).first()


def may_start(member: Member) -> bool:
    """Start conversations, in sectors that have active messages: those whom the project lets."""
    row = FlowEngine.objects.filter(project=member.project).only("starters").first()
    return is_starter(member, row.starters if row else Starters.AGENTS)


def may_start_now(member: Member) -> bool:
    """Start conversations, in a sector of one's own that has active messages."""
    return may_start(member) and sectors_to_start_in(member).exists()


def is_starter(member: Member, starters: str) -> bool:
    """Whether the member is one of those who may start conversations."""
    if not member.has_chats:
        return False
    if member.is_administrator:
        return True
    if starters == Starters.AGENTS:
        return member.is_agent or member.may_watch()
    return starters == Starters.MANAGERS and member.may_watch()


def sectors_to_start_in(member: Member) -> QuerySet[Sector]:
    """Return the live sectors with active messages that the member attends or manages, in order."""
    allowed = Sector.objects.live().filter(project=member.project, active_messages=True)
    if not member.configures:
        allowed = allowed.filter(Q(pk__in=member.managed_sector_ids) | Q(queues__in=member.queue_ids)).distinct()
    return allowed.order_by("position", *by_name())


def may_see_starts(member: Member) -> bool:
    """See what was started: one's own starts, and those in the sectors one manages."""
    return member.may_use_chats()


def starts_visible_to(member: Member) -> QuerySet[Start]:
    """Return the starts that the member may see: their own, those of sectors they manage, or all of the project."""
    starts = Start.objects.filter(project=member.project)
    if member.sees_whole_project:
        return starts
    if not member.has_chats:
        return starts.none()
    return starts.filter(Q(by=member.user) | Q(sector__in=member.managed_sector_ids))


def starts_conversations(member: Member) -> bool:
    """Whether the member can start a conversation now: an engine is connected, a sector allows it. One query."""
    if not member.has_chats:
        return False
    starters = sectors_to_start_in(member).order_by().values_list("project__flow_engine__starters", flat=True)[:1]
    return any(value and is_starter(member, value) for value in starters)
