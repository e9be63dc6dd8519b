"""Who else is viewing a ticket."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from orgs.access import Member
from orgs.models import User
from orgs.querysets import by_person
from tickets.models import Presence, Ticket
from tickets.models.visibility import people_who_see
from tickets.operations.presence import THERE, is_writing

#: Viewers shown by name; the rest are counted.
MAX_NAMES = 3


@dataclass(frozen=True)
class Viewers:
    """The other people who have a ticket open: those typing and those only viewing."""

    writing: list[User]
    looking: list[User]

    @property
    def more(self) -> int:
        """How many are viewing besides those named."""
        return max(len(self.looking) - MAX_NAMES, 0)

    @property
    def named(self) -> list[User]:
        """The viewers shown by name."""
        return self.looking[:MAX_NAMES]


def viewers_of(ticket: Ticket, member: Member, now: datetime | None = None) -> Viewers:
    """Return who else has the ticket open and still sees it. One query. ``now`` is aware."""
    now = now or timezone.now()
    rows = (
        Presence.objects.filter(ticket=ticket, seen_at__gt=now - THERE, user__in=people_who_see(ticket).order_by())
        .exclude(user=member.user)
        .select_related("user")
        .order_by(*by_person("user__"))
    )
    found: tuple[list[User], list[User]] = ([], [])
    for row in rows:
        found[0 if is_writing(row, now) else 1].append(row.user)
    return Viewers(*found)
