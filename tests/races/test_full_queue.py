"""A queue's maximum number waiting, when many come at once (docs/rules.md, Queue)."""

from functools import partial

from queues import operations as queues
from queues.models import Queue
from tests.builders import Desk
from tickets import errors
from tickets.models import Ticket

from .parallel import at_once, commit_together


def test_of_thirty_who_come_at_once_as_many_wait_as_may(desk: Desk) -> None:
    queues.update_queue(desk.queue, by=desk.by(), max_waiting=10)
    outcomes = at_once(*(partial(desk.open_ticket, f"contact-{n}") for n in range(30)))
    assert sum(isinstance(one, Ticket) for one in outcomes) == 10
    assert sum(isinstance(one, errors.QueueFull) for one in outcomes) == 20
    assert Ticket.objects.waiting().count() == 10


def test_around_the_code_no_more_wait_either(desk: Desk) -> None:
    Queue.objects.filter(pk=desk.queue.pk).update(max_waiting=1)

    def insert() -> bool:
        desk.unsaved_ticket().save()
        return True

    outcomes = commit_together(insert, insert)
    assert sum(one is True for one in outcomes) == 1
    assert Ticket.objects.count() == 1
    Ticket.objects.all().delete()
