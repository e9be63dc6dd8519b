"""Background jobs of the sectors app."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from core.files import storage

from .models import QuickMessageFile


@app.task(name="sectors.delete_files", queue="media", retry=RetryStrategy(max_attempts=50, linear_wait=60))
def delete_files(names: list[str]) -> None:
    """Delete stored files that no quick message has, with their thumbnails. Safe to run twice."""
    kept = set(QuickMessageFile.objects.filter(file__in=names).values_list("file", flat=True))
    for name in names:
        if name not in kept:
            storage.remove([name, storage.thumbnail_name(name)])
