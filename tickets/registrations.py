"""Answers of the tickets app to the hooks of lower apps."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import ngettext

from core.text import by_name
from orgs import hooks as org_hooks
from orgs.access import impact
from orgs.models import Project, User
from queues import hooks as queue_hooks
from sectors import hooks as sector_hooks
from tags import hooks as tag_hooks

from .models import Ticket, TicketTag


@org_hooks.open_tickets.answer
def _open_tickets(project: Project) -> int:
    return Ticket.objects.filter(project=project, status__in=["waiting", "active"])[:1000].count()


@org_hooks.active_tickets_of.answer
def _active_tickets_of(user: User) -> int:
    return Ticket.objects.active().filter(agent=user).count()


@impact.cause("tickets", place=1)
def _tickets_go_back(user: User, projects: Collection[UUID]) -> list[str]:
    """Return sentences on which queues active tickets go back to; the queues with most of them are named."""
    tickets = Ticket.objects.active().filter(agent=user, project__in=projects)
    by_queue = tickets.order_by().values_list("sector__name", "queue__name").annotate(n=Count("pk"))
    found = [(f"{sector} / {queue}", n) for sector, queue, n in by_queue.order_by("-n", *by_name("sector__name"))]
    sentences = [
        ngettext("%(n)d active ticket goes back to %(place)s.", "%(n)d active tickets go back to %(place)s.", count)
        % {"n": count, "place": place}
        for place, count in found[: impact.NAMED]
    ]
    if rest := sum(count for _place, count in found[impact.NAMED :]):
        sentences.append(
            ngettext(
                "%(n)d active ticket goes back to another queue.",
                "%(n)d active tickets go back to other queues.",
                rest,
            )
            % {"n": rest}
        )
    return sentences


@sector_hooks.open_tickets.answer
def _open_tickets_of(**place: Any) -> sector_hooks.OpenTickets:
    counted = (
        Ticket.objects.filter(**place)
        .open()
        .aggregate(waiting=Count("pk", filter=Q(status="waiting")), active=Count("pk", filter=Q(status="active")))
    )
    return sector_hooks.OpenTickets(**counted)


@queue_hooks.waiting_in.answer
def _waiting_in(queue_ids: Collection[UUID]) -> Mapping[UUID, int]:
    return Counter(Ticket.objects.waiting().filter(queue__in=queue_ids).values_list("queue_id", flat=True))


@queue_hooks.has_active_tickets.answer
def _has_active_tickets(project: Project, user_id: UUID) -> bool:
    return Ticket.objects.active().filter(project=project, agent=user_id).exists()


@tag_hooks.closed_with.answer
def _closed_with(tag_ids: Collection[UUID], since: datetime) -> Mapping[UUID, int]:
    rows = TicketTag.objects.filter(tag__in=list(tag_ids), closed_at__gte=since).order_by().values("tag")
    return dict(rows.annotate(n=Count("pk")).values_list("tag", "n"))


@tag_hooks.uses_of.answer
def _uses_of(tag_id: UUID, *, most: int) -> int:
    return TicketTag.objects.filter(tag=tag_id).order_by()[:most].count()
