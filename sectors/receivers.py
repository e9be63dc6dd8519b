"""What the sectors app does when its rows change."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from .models import QuickMessageFile
from .operations.quick_message_files import delete_files_later


@receiver(post_delete, sender=QuickMessageFile)
def delete_stored_files(instance: QuickMessageFile, **_kwargs: Any) -> None:
    """Have the file of a deleted row deleted: with its message, its sector, its project or its person."""
    delete_files_later([instance.file.name or ""])
