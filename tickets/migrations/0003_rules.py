"""What only triggers can hold (``tickets.triggers``)."""

from django.db import migrations

from tickets import triggers


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_conversations")]

    operations = [
        triggers.TICKET_CLOSED_HAS_TAG.install(),
        triggers.TICKET_CLOSED_IS_FINAL.install(),
        triggers.PLACE_HAS_OPEN_TICKETS.install(),
        triggers.TICKET_PLACE_IS_LIVE.install(),
        triggers.PROJECT_HAS_OPEN_TICKETS.install(),
        triggers.TICKET_PROJECT_IS_LIVE.install(),
        triggers.QUEUE_ON_HOLD.install(),
        triggers.QUEUE_FULL.install(),
        triggers.TICKET_TAG_NOT_MERGED.install(),
        triggers.ATTENDANCE_TAG_IN_USE.install(),
        triggers.MENTION_OF_NOTE.install(),
    ]
