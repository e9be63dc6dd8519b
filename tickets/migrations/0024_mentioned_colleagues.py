"""Colleagues on a ticket's queue see it by a mention, and that is one of its events."""

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tickets", "0023_earlier_tickets")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="ticketevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("assigned", "Assigned"),
                    ("transferred", "Transferred"),
                    ("taken", "Taken"),
                    ("returned", "Returned to the line"),
                    ("given_back", "Went back unanswered"),
                    ("retagged", "Tags changed"),
                    ("closed", "Closed"),
                    ("opened_again", "Opened again by the flow"),
                    ("mentioned", "Sees the ticket by a mention"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="mention", index=models.Index(fields=["user", "ticket"], name="mention_sight")
        ),
        migrations.AlterField(
            model_name="mention",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.CASCADE,
                related_name="mentions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketevent",
            constraint=models.UniqueConstraint(
                models.F("ticket"),
                KeyTextTransform("person_id", "data"),
                condition=models.Q(kind="mentioned"),
                name="event_mentioned_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketevent",
            constraint=models.CheckConstraint(
                condition=~models.Q(kind="mentioned")
                | models.Q(actor__isnull=False, data__has_keys=["person", "person_id"]),
                name="event_mentioned_says_who",
            ),
        ),
    ]
