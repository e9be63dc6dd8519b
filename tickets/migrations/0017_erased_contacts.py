"""Contacts and messages that were erased hold nothing any more."""

from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat


class Migration(migrations.Migration):

    dependencies = [("tickets", "0016_newest")]

    operations = [
        migrations.AddField("contact", "erased_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("message", "is_erased", models.BooleanField(db_default=False, default=False)),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    address_key="",
                    channel="",
                    custom_fields={},
                    email="",
                    external_id=Concat(Value("erased-"), Cast("id", models.TextField())),
                    groups=[],
                    join_pending=False,
                    name="",
                    number_key="",
                    phone="",
                    urn="",
                    urn_display="",
                ),
                name="contact_erased_is_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=Q(is_erased=False) | Q(text="", external_id="", metadata={}),
                name="message_erased_is_empty",
            ),
        ),
    ]
