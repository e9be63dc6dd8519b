"""What a member can choose from when filtering: sectors, queues, tags and people they see tickets of."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from orgs.access import Member
from orgs.models import User
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tickets.models import Assignment, Ticket
from tickets.models.querysets import TicketQuerySet


def sectors_of(member: Member) -> QuerySet[Sector]:
    """Return the sectors whose tickets the member may see some of, archived ones too.

    All of the project; else those managed, those of own queues, and those where tickets that the member attended
    have come to be.
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
    """Return the queues of those sectors."""
    return (
        Queue.objects.filter(sector__in=sectors_of(member))
        .select_related("sector")
        .order_by("sector__position", "sector__name", "position", "name")
    )


def tags_of(member: Member) -> QuerySet[Tag]:
    """Return the tags of those sectors, archived ones and the flow's own too: history keeps them."""
    return (
        Tag.objects.filter(sector__in=sectors_of(member))
        .select_related("sector")
        .order_by("sector__position", "sector__name", "position", "name")
    )


def agents_of(member: Member) -> QuerySet[User]:
    """Return the people who have attended tickets that the member may see; only oneself for who watches nobody."""
    if not member.may_watch():
        return User.objects.filter(pk=member.user.pk)
    attended = Assignment.objects.filter(agent=OuterRef("pk"))
    if member.sees_whole_project:
        attended = attended.filter(sector__in=sectors_of(member))
    else:
        # By the ticket: who attended it may have done so in a sector from which it came.
        attended = attended.filter(ticket__in=visible_tickets(member).order_by().values("pk"))
    return User.objects.filter(Exists(attended)).order_by("first_name", "last_name", "email")


def visible_tickets(member: Member) -> TicketQuerySet:
    """Return the tickets that the member may see."""
    return Ticket.objects.visible_to(member)


def zones_of(member: Member) -> list[str]:
    """Return the time zones of the project's sectors, the one of most of them first; UTC where there are none.

    Of all sectors: a ticket that an agent attended may have moved on to any.
    """
    zones = (
        Sector.objects.filter(project=member.project)
        .order_by()
        .values("timezone")
        .annotate(sectors=Count("pk"))
        .order_by("-sectors", "timezone")
        .values_list("timezone", flat=True)
    )
    return list(zones) or ["UTC"]


def today(zones: list[str]) -> date:
    """Return today's date where most of the sectors are."""
    return timezone.now().astimezone(ZoneInfo(zones[0])).date()
