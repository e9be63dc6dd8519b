"""A name that a person gave a contact stays, beside the one that the flow tells."""

from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat


def erased_is_empty(*more: str) -> models.CheckConstraint:
    texts = ("address_key", "channel", "email", "name", "number_key", "phone", "urn", "urn_display", *more)
    return models.CheckConstraint(
        condition=Q(erased_at__isnull=True)
        | Q(
            **dict.fromkeys(texts, ""),
            external_id=Concat(Value("erased-"), Cast("id", models.TextField())),
            custom_fields={},
            groups=[],
            join_pending=False,
        ),
        name="contact_erased_is_empty",
    )


class Migration(migrations.Migration):

    dependencies = [("tickets", "0018_search")]

    operations = [
        migrations.AddField("contact", "flow_name", models.CharField(blank=True, db_default="", default="", max_length=255)),
        migrations.AddField("contact", "named_at", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveConstraint("contact", "contact_erased_is_empty"),
        migrations.AddConstraint("contact", erased_is_empty("flow_name")),
        migrations.AddConstraint(
            "contact",
            models.CheckConstraint(
                condition=Q(named_at__isnull=False) & ~Q(name="") | Q(named_at__isnull=True, flow_name=""),
                name="contact_flow_name_beside_own",
            ),
        ),
    ]
