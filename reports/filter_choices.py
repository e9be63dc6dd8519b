"""What a member can filter by: the sectors, queues, tags and agents of visible tickets."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core.text import by_name
from orgs.access import Member
from orgs.models import User
from orgs.querysets import by_person
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tickets.models import Assignment, Ticket
from tickets.models.querysets import TicketQuerySet


def sectors_of(member: Member) -> QuerySet[Sector]:
    """Return the sectors of tickets that the member may see, including archived ones.

    All of the project; or those managed, those of the member's queues, and those of tickets that the member had.
    """
    sectors = Sector.objects.filter(project=member.project)
    if member.sees_whole_project:
        return sectors
    attended = Assignment.objects.filter(ticket__sector=OuterRef("pk"), agent=member.user)
    return sectors.filter(
        Q(pk__in=member.managed_sector_ids)
        | Q(pk__in=Queue.objects.filter(pk__in=member.queue_ids).values("sector"))
        | Exists(attended)
    )


def queues_of(member: Member) -> QuerySet[Queue]:
    """Return the queues of these sectors."""
    return (
        Queue.objects.filter(sector__in=sectors_of(member))
        .select_related("sector")
        .order_by("sector__position", *by_name("sector__name"), "position", *by_name())
    )


def tags_of(member: Member) -> QuerySet[Tag]:
    """Return the tags of these sectors, including archived ones and those of closings by the flow, which history
    keeps.
    """
    return (
        Tag.objects.filter(sector__in=sectors_of(member))
        .select_related("sector")
        .order_by("sector__position", *by_name("sector__name"), "position", *by_name())
    )


def agents_of(member: Member) -> QuerySet[User]:
    """Return the agents of tickets that the member may see; only the member, unless they supervise others."""
    if not member.may_watch():
        return User.objects.filter(pk=member.user.pk)
    attended = Assignment.objects.filter(agent=OuterRef("pk"))
    if member.sees_whole_project:
        attended = attended.filter(sector__in=sectors_of(member))
    else:
        # By ticket, since its agents may have had it in another sector before.
        attended = attended.filter(ticket__in=visible_tickets(member).order_by().values("pk"))
    return User.objects.filter(Exists(attended)).order_by(*by_person())


def visible_tickets(member: Member) -> TicketQuerySet:
    """Return the tickets that history lists and figures count: those that the member sees in their own right."""
    return Ticket.objects.in_own_right(member)


def zones_of(member: Member) -> list[str]:
    """Return the time zones of the project's sectors, most frequent first; UTC if there are none.

    Of all sectors: a ticket that an agent had may have moved to any of them.
    """
    return Sector.objects.filter(project=member.project).zones()


def today(zones: list[str]) -> date:
    """Return today's date in the zone of most sectors."""
    return timezone.now().astimezone(ZoneInfo(zones[0])).date()
