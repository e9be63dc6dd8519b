"""Fetching the files that channels keep: who fetches what and when, and what is stored (docs/rules.md, Files).

The rows are the source of truth, as for deliveries: ``claim_next`` leases the file that has been due longest, and
``fetch`` ends with it stored, failed, or due again. If the process dies, it is due again when the lease ends.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from core.errors import Invalid
from core.files import storage
from core.files.content_types import PICTURES, UNKNOWN, is_page, sniff
from core.files.filenames import LONGEST, clean_name, with_ending
from core.files.thumbnails import Picture, picture_of
from core.validation import max_length
from tickets import live_events
from tickets.models import Attachment, FetchError, FetchState

from .download import PATIENCE, FetchFailed, download, name_of
from .kinds import Kind, classify

logger = logging.getLogger("tickets.files")

#: Length of a lease: a download, plus time to look at the file and store it.
LOAN = timedelta(seconds=PATIENCE * 2)
#: Delays after the first, second, … failed attempt; after the last one there is no other.
PAUSES = tuple(timedelta(seconds=n) for n in (10, 60, 5 * 60, 30 * 60, 2 * 3600))
_MAX_ATTEMPTS = len(PAUSES) + 1
_MEDIA = {Kind.PICTURE, Kind.AUDIO, Kind.VIDEO}


@dataclass(frozen=True)
class Claim:
    """A leased attachment, and the number of this attempt."""

    attachment: UUID
    attempt: int
    content_type: str
    url: str


def hand_over(count: int) -> None:
    """Defer jobs for so many files in one query; they start when the current transaction commits."""
    jobs: list[JSONDict] = [{} for _ in range(min(count, settings.MEDIA_CONCURRENCY))]
    if jobs:
        app.configure_task("tickets.fetch_media", allow_unknown=False).batch_defer(*jobs)


def count_due(now: datetime | None = None) -> int:
    """Return how many files are due, up to as many as are fetched at a time. ``now`` is aware."""
    rows = Attachment.objects.filter(state=FetchState.PENDING, next_attempt_at__lte=now or timezone.now())
    return rows.order_by()[: settings.MEDIA_CONCURRENCY].count()


@transaction.atomic
def claim_next(*, now: datetime | None = None) -> Claim | None:
    """Lease the file that has been due longest; None if none is due. ``now`` is aware.

    One whose last attempt never ended is *failed*: it may be what ended the process.
    """
    now = now or timezone.now()
    due = Attachment.objects.filter(state=FetchState.PENDING, next_attempt_at__lte=now)
    due = due.select_related("message__ticket").select_for_update(of=("self",), skip_locked=True)
    while row := due.order_by("next_attempt_at").first():
        if row.attempts < _MAX_ATTEMPTS:
            row.attempts += 1
            row.next_attempt_at = now + LOAN
            row.save(update_fields=["attempts", "next_attempt_at"])
            return Claim(row.pk, row.attempts, row.content_type, row.url)
        _settle(row, FetchState.FAILED, FetchError.NOT_STORED)
    return None


async def fetch(claim: Claim) -> None:
    """Fetch a leased file and store what became of it. A fetch that is broken off is due again at once."""
    try:
        with TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            try:
                name = await download(claim.url, file)
                # Neither looking at a large file nor copying it may hold up the thread that callbacks wait for.
                await sync_to_async(_in_own_thread, thread_sensitive=False)(lambda: store(claim, file, name))
            except FetchFailed as failure:
                logger.info("file %s not fetched, attempt %s: %s", claim.attachment, claim.attempt, failure)
                await sync_to_async(give_up)(claim, failure)
    except asyncio.CancelledError:
        await sync_to_async(_release)(claim)
        raise


def _in_own_thread(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connections.close_all()


def store(claim: Claim, file: IO[bytes], name: str, *, now: datetime | None = None) -> None:
    """Look at a downloaded file, and store it with its thumbnail; without effect if the claim is not ours any more.

    ``name``: what the server calls it. Raises FetchFailed. Slow for large files.
    """
    name = name or name_of(claim.url)
    with mmap(file.fileno(), 0, access=ACCESS_READ) as raw:
        size, content_type = len(raw), sniff(raw, name)
        if is_page(raw) and classify(claim.content_type, claim.url).kind in _MEDIA:
            raise FetchFailed(FetchError.WRONG_TYPE, "a web page")
    picture, content_type = _picture(file, content_type)
    try:
        with transaction.atomic():
            row = _locked(claim)
            if row is not None:
                _write(row, file, picture)
                row.name = with_ending(clean_name(name, content_type), content_type)[:LONGEST]
                row.size, row.stored_type = size, content_type
                _settle(row, FetchState.STORED)
    except OSError as error:
        logger.exception("file_not_stored", extra={"attachment": str(claim.attachment)})
        raise FetchFailed(FetchError.NOT_STORED, str(error), passing=True) from error


def _picture(file: IO[bytes], content_type: str) -> tuple[Picture | None, str]:
    """Return the thumbnail, and the type: one that claims to be a picture and can't be decoded is unknown."""
    if content_type not in PICTURES:
        return None, content_type
    file.seek(0)
    try:
        picture = picture_of(file, content_type)
    except Invalid:
        # More pixels than are decoded: it can still be opened.
        return None, content_type
    return picture, content_type if picture else UNKNOWN


def _write(row: Attachment, file: IO[bytes], picture: Picture | None) -> None:
    stored = storage.fetched_name(row.pk)
    small = storage.thumbnail_name(stored)
    storage.remove([stored, small])
    file.seek(0)
    storage.put(stored, file)
    row.file.name = stored
    if picture:
        storage.put(small, picture.thumbnail)
        row.thumbnail.name, row.width, row.height = small, picture.width, picture.height


def _locked(claim: Claim) -> Attachment | None:
    """Return the row, locked; None if it is gone, or another attempt has begun."""
    rows = Attachment.objects.select_for_update(of=("self",)).select_related("message__ticket")
    return rows.filter(pk=claim.attachment, state=FetchState.PENDING, attempts=claim.attempt).first()


def _settle(row: Attachment, state: FetchState, error: str = "") -> None:
    row.state, row.error, row.next_attempt_at = state, error, None
    row.save()
    live_events.line(row.message.ticket, "media")


@transaction.atomic
def give_up(claim: Claim, failure: FetchFailed, *, now: datetime | None = None) -> None:
    """Store that an attempt failed: the file is due again after a pause, or *failed* if no attempt can help.

    ``now`` is aware.
    """
    row = _locked(claim)
    if row is None:
        return
    if failure.passing and row.attempts < _MAX_ATTEMPTS:
        row.next_attempt_at = (now or timezone.now()) + PAUSES[row.attempts - 1]
        row.save(update_fields=["next_attempt_at"])
    else:
        _settle(row, FetchState.FAILED, failure.error)


@transaction.atomic
def _release(claim: Claim) -> None:
    """Make a file due whose fetch was broken off, as if that had not begun."""
    row = _locked(claim)
    if row is not None:
        row.attempts -= 1
        row.next_attempt_at = timezone.now()
        row.save(update_fields=["attempts", "next_attempt_at"])


def short_name(url: str) -> str:
    """Return the name of a file that is not fetched yet, from its address; empty if that has none."""
    name = name_of(url)
    return clean_name(name, "")[: max_length(Attachment, "name")] if name else ""
