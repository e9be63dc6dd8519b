"""Mentioning colleagues in a note (docs/rules.md, Mentions)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from orgs.access import Actor
from orgs.models import User
from tickets import live_events
from tickets.conversation.numbering import add_event
from tickets.models import EventKind, Mention, Message, Ticket
from tickets.models.visibility import people_to_mention

#: Mentions per note.
MAX_MENTIONS = 20


def check_mentions(ticket: Ticket, user_ids: Collection[UUID], *, by: Actor) -> dict[User, bool]:
    """Return whom ``by`` may mention in a note of the ticket, without ``by``, and whether they see it already.

    Raises Invalid if somebody neither sees the ticket nor is on its queue, or if there are too many.
    """
    wanted = set(user_ids)
    if by.user is not None:
        wanted.discard(by.user.pk)
    if not wanted:
        return {}
    if len(wanted) > MAX_MENTIONS:
        raise Invalid(
            _("A note mentions at most %(most)d people.") % {"most": MAX_MENTIONS},
            code="too_many_mentions",
            field="mentions",
        )
    found: dict[User, bool] = {user: user.sees for user in people_to_mention(ticket).filter(pk__in=wanted)}
    if len(found) != len(wanted):
        raise Invalid(
            _(
                "Somebody you mention neither sees this ticket nor is on its queue. Take their name out, or "
                "transfer the ticket to them."
            ),
            code="mention_out_of_sight",
            field="mentions",
        )
    return found


def store_mentions(note: Message, people: Mapping[User, bool], *, by: Actor, now: datetime) -> None:
    """Store the mentions of a new note, record who sees the ticket by them, and notify the people's pages.

    ``people`` come from ``check_mentions``. The caller holds the ticket's row lock and saves the ticket.
    """
    Mention.objects.bulk_create(
        Mention(message=note, ticket_id=note.ticket_id, user=user, created_at=now) for user in people
    )
    for user, sees in people.items():
        if not sees:
            add_event(note.ticket, EventKind.MENTIONED, now, by, person=user.name, person_id=str(user.pk))
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
