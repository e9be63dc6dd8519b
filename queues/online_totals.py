"""How long agents were online (docs/flow.md, Reading)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from orgs.models import Project, User

from .models import Status, StatusChange


def online_times(
    project: Project, users: Collection[UUID], *, start: datetime, end: datetime, now: datetime | None = None
) -> dict[UUID, timedelta]:
    """Return how long each person was online in the project from ``start`` to before ``end``, both aware.

    An interval that crosses a border counts from or up to it; an ongoing one counts up to an aware ``now``. A person
    with no interval of any status in this time is left out. One query, which reads no more than the intervals of this
    time.
    """
    end = min(end, now or timezone.now())
    if end <= start:
        return {}
    # A person's intervals follow each other: only the last one that began before the start can reach into this time.
    last_before = StatusChange.objects.filter(
        project=project, user=OuterRef(OuterRef("pk")), started_at__lte=start
    ).order_by("-started_at")
    first = Coalesce(Subquery(last_before.values("started_at")[:1]), _at(start))
    until = Least(Coalesce("ended_at", _at(end)), _at(end))
    spent = ExpressionWrapper(until - Greatest("started_at", _at(start)), DurationField())
    stretches = StatusChange.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=start),
        project=project,
        user=OuterRef("pk"),
        started_at__gte=first,
        started_at__lt=end,
    )
    total = Sum(spent, filter=Q(status=Status.ONLINE), default=timedelta())
    totals = stretches.order_by().values("user").annotate(total=total).values("total")
    people = User.objects.filter(pk__in=users).order_by().annotate(online=Subquery(totals))
    return {user: online for user, online in people.values_list("pk", "online") if online is not None}


def _at(moment: datetime) -> Value:
    return Value(moment, output_field=DateTimeField())
