from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0012_answered_before"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="sent_key",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sent_key__isnull", False)),
                fields=("ticket", "sent_key"),
                name="message_sent_once",
            ),
        ),
    ]
