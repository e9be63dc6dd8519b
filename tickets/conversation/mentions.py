"""The notes in which somebody is called and that they have not seen (docs/desk.md, Mentions)."""

from dataclasses import dataclass

from orgs.access import Member
from tickets.models import Mention, Ticket

#: So many are listed; more are counted up to one above it.
MOST = 30


@dataclass(frozen=True)
class Called:
    """Unseen mentions of a person, the newest first."""

    mentions: list[Mention]
    more: bool

    @property
    def count(self) -> str:
        """How many, as a badge shows it."""
        return f"{len(self.mentions)}{'+' if self.more else ''}"


def unseen(member: Member) -> Called:
    """Return a person's unseen mentions in a project, of tickets that they still see. One query."""
    if not member.has_chats:
        return Called([], False)
    rows = list(
        Mention.objects.filter(user=member.user, seen_at=None, ticket__in=Ticket.objects.visible_to(member))
        .select_related("message__user", "ticket__contact", "ticket__queue")
        .order_by("-created_at", "-id")[: MOST + 1]
    )
    return Called(rows[:MOST], len(rows) > MOST)
