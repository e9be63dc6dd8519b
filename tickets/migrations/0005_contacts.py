"""Which contacts are the same person: filled by the next migration, which also makes it required."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import F, Q

import core.constraints
import core.ids


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_days")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="main",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="joined", to="tickets.contact"
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="address_key",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="contact",
            name="number_key",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="contact",
            name="joined_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="joined_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("address", "Same address"),
                    ("number", "Same phone number"),
                    ("hand", "Merged by hand"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="join_pending",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="ticket",
            name="main_contact",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="person_tickets",
                to="tickets.contact",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["project", "address_key"], name="contact_address"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["project", "number_key"], name="contact_number"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(condition=Q(join_pending=True), fields=["id"], name="contact_join_pending"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(fields=("id", "main"), name="contact_with_main"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=Q(main=F("id"), joined_at__isnull=True, joined_for="")
                | Q(~Q(main=F("id")), ~Q(joined_for=""), joined_at__isnull=False),
                name="contact_joined_has_time_and_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=core.constraints.CompositeForeignKey(
                fields=("project", "main"),
                name="contact_main_of_project",
                to="tickets.Contact",
                to_fields=("project", "id"),
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=core.constraints.CompositeForeignKey(
                fields=("main", "main"),
                name="contact_main_is_main",
                to="tickets.Contact",
                to_fields=("id", "main"),
            ),
        ),
        migrations.CreateModel(
            name="ContactsApart",
            fields=[
                (
                    "id",
                    models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.contact",
                    ),
                ),
                *(
                    (
                        name,
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.contact"
                        ),
                    )
                    for name in ("second", "first_main", "second_main")
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="contacts_apart_once"),
                    models.CheckConstraint(
                        condition=~Q(first_main=F("second_main")), name="contacts_apart_not_joined"
                    ),
                    *(
                        core.constraints.CompositeForeignKey(
                            fields=(which, f"{which}_main"),
                            to="tickets.Contact",
                            to_fields=("id", "main"),
                            name=f"contacts_apart_{which}_main",
                            cascades=True,
                        )
                        for which in ("first", "second")
                    ),
                ],
            },
        ),
        migrations.RemoveIndex(model_name="ticket", name="ticket_of_contact"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["main_contact", "-opened_at"], name="ticket_of_person"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                condition=~Q(status="closed"), fields=("project", "main_contact"), name="ticket_one_open_per_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=core.constraints.CompositeForeignKey(
                cascades=True,
                fields=("contact", "main_contact"),
                name="ticket_main_contact_of_contact",
                to="tickets.Contact",
                to_fields=("id", "main"),
            ),
        ),
    ]
