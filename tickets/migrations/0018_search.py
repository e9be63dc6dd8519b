"""Messages and contacts are searched by their text folded, each by an index.

Building the index of the messages takes about two minutes for each million of them; meanwhile none are written.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from core.text import Digits, Fold, FoldedTogether


class Migration(migrations.Migration):
    """One index takes the place of another; contacts had none."""

    dependencies: ClassVar = [("orgs", "0004_fold"), ("tickets", "0017_erased_contacts")]

    operations: ClassVar = [
        migrations.RemoveIndex(model_name="message", name="message_text_search"),
        migrations.AddIndex(
            model_name="message",
            index=GinIndex(
                OpClass(Fold("text"), name="gin_trgm_ops"), condition=~models.Q(kind="auto"), name="message_words"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=GinIndex(OpClass(Fold("name"), name="gin_trgm_ops"), name="contact_name_search"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=GinIndex(
                OpClass(FoldedTogether("email", "urn", "number_key", Digits("phone")), name="gin_trgm_ops"),
                name="contact_address_search",
            ),
        ),
    ]
