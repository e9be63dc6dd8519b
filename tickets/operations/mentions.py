"""Mentioning colleagues in a note (docs/rules.md, Mentions)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from orgs.access import Actor
from orgs.models import User
from tickets import live_events
from tickets.models import Mention, Message, Ticket
from tickets.models.visibility import people_who_see

#: Mentions per note.
MAX_MENTIONS = 20


def check_mentions(ticket: Ticket, user_ids: Collection[UUID], *, by: Actor) -> list[User]:
    """Return the people whom ``by`` may mention in a note of the ticket, without ``by`` themselves.

    Raises Invalid if somebody does not see the ticket, or if there are too many.
    """
    wanted = set(user_ids)
    if by.user is not None:
        wanted.discard(by.user.pk)
    if not wanted:
        return []
    if len(wanted) > MAX_MENTIONS:
        raise Invalid(
            _("A note mentions at most %(most)d people.") % {"most": MAX_MENTIONS},
            code="too_many_mentions",
            field="mentions",
        )
    found = list(people_who_see(ticket).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise Invalid(
            _("Somebody you mention does not see this ticket. Take their name out, or hand the ticket on to them."),
            code="mention_out_of_sight",
            field="mentions",
        )
    return found


def store_mentions(note: Message, people: Collection[User], *, now: datetime) -> None:
    """Store the mentions of a new note and notify the people's pages."""
    Mention.objects.bulk_create(
        Mention(message=note, ticket_id=note.ticket_id, user=user, created_at=now) for user in people
    )
    for user in people:
        live_events.mention(note.ticket.project_id, user.pk, note)


@transaction.atomic
def mark_mentions_seen(
    ticket_id: UUID, message_ids: Collection[UUID], *, by: Actor, now: datetime | None = None
) -> int:
    """Mark the person's mentions in these notes as seen; return how many were unseen. ``now`` is aware."""
    if by.user is None or by.member is None:
        return 0
    seen = Mention.objects.filter(ticket=ticket_id, message__in=message_ids, user=by.user, seen_at=None).update(
        seen_at=now or timezone.now()
    )
    if seen:
        live_events.mention_seen(by.member.project.pk, by.user.pk)
    return seen
