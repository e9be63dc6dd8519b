"""Uploads: added in the composer, then sent with a message or discarded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid, NotAllowed
from orgs.access import Actor
from tickets import errors
from tickets.files import limits, storage
from tickets.files.content_types import PICTURES, UNKNOWN, sniff
from tickets.files.filenames import clean_name
from tickets.files.thumbnails import Picture, picture_of
from tickets.models import Attachment, FetchState, Message, Ticket, Upload

#: How long an upload may stay unsent.
UNSENT = timedelta(hours=24)
#: A person may have this many messages' worth of unsent files.
_MESSAGES_WAITING = 5
_READ_AT_ONCE = 256 * 1024
_SWEPT_AT_ONCE = 500


def add_file(ticket_id: UUID, file: IO[bytes], name: str, *, by: Actor, now: datetime | None = None) -> Upload:
    """Store a file for a message that the member is writing in this ticket (docs/rules.md, Files).

    The content type is detected from the bytes. ``now`` is aware. Slow for pictures: don't call it in a transaction
    that others wait for. Raises NotAllowed (the ticket is not seen, or only read), Invalid
    (``file_empty``, ``file_too_large``, ``picture_too_large``, ``too_many_files``).
    """
    user = by.user
    if user is None or by.member is None:
        raise NotAllowed
    rows = Ticket.objects.noted_by(by.member).filter(pk=ticket_id)
    flow_type = rows.order_by().values_list("flow_type", flat=True).first()
    if flow_type is None:
        raise NotAllowed
    if Upload.objects.filter(user=user).count() >= _MESSAGES_WAITING * settings.FILES_PER_MESSAGE:
        raise Invalid(
            _("Too many files of yours wait to be sent. Send or remove some of them first."),
            code="too_many_files",
            field="files",
        )
    raw = _read(file, flow_type)
    content_type = sniff(raw, name)
    picture = picture_of(raw, content_type) if content_type in PICTURES else None
    if content_type in PICTURES and picture is None:
        # It starts like a picture but can't be decoded.
        content_type = UNKNOWN
    limits.check_size(len(raw), content_type, flow_type)
    now = now or timezone.now()
    stored = storage.new_name(now)
    upload = Upload.objects.create(
        ticket_id=ticket_id,
        user=user,
        content_type=content_type,
        file=stored,
        name=clean_name(name, content_type),
        size=len(raw),
        thumbnail=storage.thumbnail_name(stored) if picture else "",
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        created_at=now,
    )
    _write(upload, stored, raw, picture)
    return upload


def _read(file: IO[bytes], flow_type: str) -> bytes:
    """Return the file's bytes. Raises Invalid if it is empty or above the limit."""
    parts, size = [], 0
    while part := file.read(_READ_AT_ONCE):
        size += len(part)
        if size > limits.limit_of_any(flow_type):
            raise limits.file_too_large(flow_type)
        parts.append(part)
    if not size:
        raise Invalid(_("The file is empty. Choose another one."), code="file_empty", field="files")
    return b"".join(parts)


def _write(upload: Upload, stored: str, raw: bytes, picture: Picture | None) -> None:
    """Write the files named by the row and mark it ready; on failure remove both."""
    try:
        storage.put(stored, raw)
        if picture:
            storage.put(storage.thumbnail_name(stored), picture.thumbnail)
        upload.ready = True
        if not Upload.objects.filter(pk=upload.pk).update(ready=True):
            raise FileNotFoundError(stored)
    except Exception:
        _give_up(upload)
        raise


def _give_up(upload: Upload) -> None:
    """Delete the files, then the row: as long as the files exist, the row is needed to find them."""
    Upload.objects.filter(pk=upload.pk).update(ready=False)
    try:
        storage.remove([upload.file.name or "", upload.thumbnail.name or ""])
    except OSError:
        storage.logger.exception("file_not_deleted", extra={"file": upload.file.name})
        return
    Upload.objects.filter(pk=upload.pk).delete()


def discard_file(ticket_id: UUID, upload_id: UUID, *, by: Actor) -> None:
    """Delete one's own unsent file. Raises Upload.DoesNotExist for anything else."""
    with transaction.atomic():
        # Lock the row, so that of a concurrent send and removal one finds it gone.
        found = Upload.objects.select_for_update().get(pk=upload_id, ticket=ticket_id, user=by.user, ready=True)
        Upload.objects.filter(pk=found.pk).update(ready=False)
    _give_up(found)


def delete_unsent_uploads(*, now: datetime | None = None) -> int:
    """Delete uploads that were not sent within a day, and leftovers of crashed processes; return how many.

    ``now`` is aware.
    """
    before = (now or timezone.now()) - UNSENT
    with transaction.atomic():
        rows = Upload.objects.select_for_update(skip_locked=True).filter(created_at__lt=before)
        old = list(rows.order_by("created_at")[:_SWEPT_AT_ONCE])
        # From here on they can't be sent, so the files can be deleted.
        Upload.objects.filter(pk__in=[upload.pk for upload in old]).update(ready=False)
    for upload in old:
        _give_up(upload)
    return len(old)


def attach(message: Message, upload_ids: Sequence[UUID]) -> list[Attachment]:
    """Turn uploads of the message's author into its attachments, in the given order.

    The caller is in a transaction and holds the ticket's row lock. Raises Invalid: ``too_many_files``; ``file_gone``
    (``extra["files"]``: ids that no longer exist or belong to another person or ticket).
    """
    if not upload_ids:
        return []
    wanted = list(dict.fromkeys(upload_ids))
    if len(wanted) > settings.FILES_PER_MESSAGE:
        raise errors.too_many_files()
    rows = Upload.objects.select_for_update().filter(
        pk__in=wanted, ticket=message.ticket_id, user=message.user_id, ready=True
    )
    found = {upload.pk: upload for upload in rows.order_by("pk")}
    gone = [pk for pk in wanted if pk not in found]
    if gone:
        raise Invalid(
            ngettext(
                "A file you added is not here any more. Remove it, then add it again.",
                "Some files you added are not here any more. Remove them, then add them again.",
                len(gone),
            ),
            code="file_gone",
            field="files",
            files=[str(pk) for pk in gone],
        )
    made = Attachment.objects.bulk_create(
        Attachment(
            message=message,
            content_type=upload.content_type,
            file=upload.file.name,
            name=upload.name,
            size=upload.size,
            thumbnail=upload.thumbnail.name or "",
            width=upload.width,
            height=upload.height,
            state=FetchState.STORED,
        )
        for upload in (found[pk] for pk in wanted)
    )
    Upload.objects.filter(pk__in=wanted).delete()
    return made
