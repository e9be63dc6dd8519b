"""Shared by the tests of tickets: what happened to one, a working week, many tags, the worker."""

from datetime import UTC, datetime, timedelta

from django.db.models import F
from procrastinate.contrib.django import app

from tags.models import Tag
from tests.builders import Desk
from tests.receiver import Receiver, in_thread
from tickets.jobs import deliver_due
from tickets.models import Delivery, DeliveryState, Message, Ticket

MONDAY_NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)

#: Seconds. A worker without anything left to begin ends as one that is stopped, which breaks off what takes longer
#: than some seconds (settings): here it finishes what it has begun.
TO_THE_END = 300

_MANY = 10_000


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("number").values_list("kind", flat=True))


def many_tags(desk: Desk, count: int = _MANY) -> list[Tag]:
    """Give the desk's sector so many tags at once."""
    return Tag.objects.bulk_create(
        Tag(sector=desk.sector, name=f"Reason {n:05}", position=10 + n) for n in range(count)
    )


def add_tags(desk: Desk, *names: str) -> list[Tag]:
    """Give the sector more tags, at the end of its list."""
    return Tag.objects.bulk_create(
        Tag(sector=desk.sector, name=name, position=_MANY + 100 + n) for n, name in enumerate(names)
    )


def opened(desk: Desk, receiver: Receiver, **values) -> Ticket:
    """Open a ticket whose callbacks go to the receiver."""
    return desk.open_ticket(callback_url=receiver.url, **values)


def run_worker() -> None:
    """Run the worker until no job is left."""

    def work() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            worker.run_worker(
                wait=False, install_signal_handlers=False, listen_notify=False, shutdown_graceful_timeout=TO_THE_END
            )

    in_thread(work)


def pass_time(**span) -> None:
    """Let the deliveries' clocks run: all that is pending was handed over, and is due, that much earlier."""
    for row in Delivery.objects.filter(state=DeliveryState.SENDING):
        row.created_at -= timedelta(**span)
        row.next_attempt_at -= timedelta(**span)
        row.give_up_at -= timedelta(**span)
        if row.not_found_since:
            row.not_found_since -= timedelta(**span)
        row.save()
    Ticket.objects.update(callbacks_from=F("callbacks_from") - timedelta(**span))


def retry() -> None:
    deliver_due(0)
    run_worker()


def give_up(message: Message, receiver: Receiver) -> None:
    """Let the delivery of a message fail for so long that it is not tried again."""
    receiver.answers = lambda _request, _handler: 500
    run_worker()
    pass_time(hours=25)
    retry()
    message.refresh_from_db()
    assert message.delivery == DeliveryState.FAILED
