"""What the lines of a conversation say about deliveries that failed, or are still being tried."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from tickets.models import Delivery, DeliveryState, Message
from tickets.webhooks.wording import reason


@dataclass
class Trouble:
    """What went wrong with the delivery of a message, for each part, and when it is tried again, unless ``held``."""

    reasons: list[str] = field(default_factory=list)
    held: bool = False
    retry_at: datetime | None = None


def troubles_of(messages: Iterable[Message]) -> dict[UUID, Trouble]:
    """Return the troubles of messages, whose attachments are loaded, by message. At most one query."""
    wanted = {row.pk: row for row in messages if row.delivery in (DeliveryState.FAILED, DeliveryState.SENDING)}
    found: dict[UUID, Trouble] = {}
    if not wanted:
        return found
    rows = Delivery.objects.filter(message__in=wanted).exclude(state=DeliveryState.SENT).exclude(failure="", held="")
    for row in rows.select_related("attachment").order_by("number", "part"):
        message = wanted[row.message_id]  # type: ignore[index]  # only those of messages are asked for
        if row.state == message.delivery:
            trouble = found.setdefault(message.pk, Trouble())
            trouble.reasons.append(_sentence(row, message))
            if row.held:
                trouble.held = True
            elif row.state == DeliveryState.SENDING:
                trouble.retry_at = row.next_attempt_at
    return found


def _sentence(row: Delivery, message: Message) -> str:
    """Return the reason, and of a message with several parts for which one."""
    if len(message.attachments.all()) + bool(message.text) == 1:
        return reason(row)
    part = row.attachment.name if row.attachment else _("text")
    return f"{part}: {reason(row)}"
