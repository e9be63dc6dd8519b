"""Files that the channel keeps: they come with a message, are fetched by the worker, and again when asked for."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import NotAllowed
from core.validation import max_length
from orgs.access import Actor
from tickets import live_events
from tickets.files import fetching
from tickets.files.kinds import is_fetchable
from tickets.models import Attachment, FetchState, Message, Ticket

_TYPE_LENGTH, _URL_LENGTH = max_length(Attachment, "content_type"), max_length(Attachment, "url")


def store_media(files: Iterable[tuple[Message, str, str]], *, now: datetime | None = None) -> None:
    """Store the channel's files of messages and defer the job that fetches them.

    ``files`` are (message, content type, URL); both words are kept as they came. The caller is in the transaction
    that stores the messages. ``now`` is aware.
    """
    now = now or timezone.now()
    made = []
    for message, content_type, url in files:
        url = url[:_URL_LENGTH]
        row = Attachment(message=message, content_type=content_type[:_TYPE_LENGTH], url=url)
        if is_fetchable(url):
            row.name = fetching.short_name(url)
            row.state, row.next_attempt_at = FetchState.PENDING, now
        made.append(row)
    Attachment.objects.bulk_create(made)
    fetching.hand_over(sum(row.state == FetchState.PENDING for row in made))


@transaction.atomic
def fetch_again(ticket_id: UUID, attachment_id: UUID, *, by: Actor, now: datetime | None = None) -> Attachment:
    """Have a file of the channel fetched that failed or was not fetched, with a fresh set of attempts (docs/rules.md,
    Files).

    For the ticket's agent (of a closed ticket, its last one) and members who direct the sector's tickets. Idempotent:
    a file that is stored, being fetched, or can't be fetched is returned unchanged. ``now`` is aware. Raises
    NotAllowed, Attachment.DoesNotExist (not of this ticket).
    """
    ticket = Ticket.objects.get(pk=ticket_id)
    if by.member is not None and not ticket.is_handled_by(by.member):
        raise NotAllowed
    row = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment_id, message__ticket=ticket)
    if row.state in (FetchState.FAILED, FetchState.SKIPPED):
        row.state, row.error, row.attempts = FetchState.PENDING, "", 0
        row.next_attempt_at = now or timezone.now()
        row.save(update_fields=["state", "error", "attempts", "next_attempt_at"])
        fetching.hand_over(1)
        live_events.line(ticket, "media")
    return row
