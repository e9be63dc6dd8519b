"""A person's unseen mentions in notes (docs/desk.md, Mentions)."""

from dataclasses import dataclass

from orgs.access import Member
from tickets.models import Mention, Ticket

#: Mentions listed; beyond that the badge shows a plus sign.
MAX_SHOWN = 30


@dataclass(frozen=True)
class UnseenMentions:
    """Unseen mentions of a person, newest first."""

    mentions: list[Mention]
    more: bool

    @property
    def count(self) -> str:
        """The number as a badge shows it."""
        return f"{len(self.mentions)}{'+' if self.more else ''}"


def unseen_mentions(member: Member) -> UnseenMentions:
    """Return a person's unseen mentions in a project, on tickets they still see. One query."""
    if not member.has_chats:
        return UnseenMentions([], False)
    rows = list(
        Mention.objects.filter(user=member.user, seen_at=None, ticket__in=Ticket.objects.visible_to(member))
        .select_related("message__user", "ticket__contact", "ticket__queue")
        .order_by("-created_at", "-id")[: MAX_SHOWN + 1]
    )
    return UnseenMentions(rows[:MAX_SHOWN], len(rows) > MAX_SHOWN)
