"""Nothing is lost, whatever ends or fails (docs/flow.md, What was measured); the long form is ``bench.loss``."""

from django.db import transaction

from tickets.models import Delivery, DeliveryState
from tickets.webhooks import delivery

from .installation import POSTGRES, Installation
from .loss import SHORT, Proof
from .places import Place


def test_nothing_is_lost_while_everything_fails_in_turn(installation: Installation) -> None:
    report = Proof(installation, SHORT).run()
    print(report)
    assert report.problems == [], f"\n{report}"


def test_an_outcome_outlives_a_restart_of_the_database(installation: Installation) -> None:
    """Else what has arrived would be sent again."""
    place = Place.set_up()
    room = place.desk.open_ticket(callback_url="http://127.0.0.1:1/nobody")
    # The installation's own worker looks for what is due: this one is leased before it can be seen.
    with transaction.atomic():
        message = place.desk.reply(room, place.agent)
        row = Delivery.objects.get(message=message)
        claimed = delivery.claim_next(room.pk, now=row.next_attempt_at)
    assert claimed is not None
    assert installation.kill(POSTGRES) == 1
    delivery.settle(claimed, delivery.Outcome(True))
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
