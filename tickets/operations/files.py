"""Uploads: added in the composer, then sent with a message or discarded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid, NotAllowed
from core.files import storage
from core.files.limits import check_size
from core.files.received import receive
from orgs.access import Actor, Member
from orgs.access.current import actor_now
from orgs.models import User
from sectors.models import QuickMessageFile
from tickets import errors
from tickets.conversation.quick_messages import for_ticket
from tickets.files import limits
from tickets.models import Attachment, FetchState, Message, Ticket, Upload

#: How long an upload may stay unsent.
UNSENT = timedelta(hours=24)
#: A person may have this many messages' worth of unsent files.
_MESSAGES_WAITING = 5
_SWEPT_AT_ONCE = 500


def add_file(ticket_id: UUID, file: IO[bytes], name: str, *, by: Actor, now: datetime | None = None) -> Upload:
    """Store a file for a message that the member is writing in this ticket (docs/rules.md, Files).

    The content type is detected from the bytes. ``now`` is aware. Slow for pictures: don't call it in a transaction
    that others wait for. Raises NotAllowed (the ticket is not seen, or only read), Invalid
    (``file_empty``, ``file_too_large``, ``picture_too_large``, ``too_many_files``).
    """
    member, ticket = _writer(ticket_id, by)
    # Also below, once nobody else counts; here so that nothing is read in vain.
    _check_room(member.user, 1)
    received = receive(file, name, most=limits.limit_of_any(ticket.flow_type))
    now = now or timezone.now()
    stored = storage.new_name(now)
    upload = Upload(ticket=ticket, user=member.user, created_at=now, **received.columns(stored))
    _reserve(member.user, [upload])
    with _ready(upload):
        received.put(stored)
    return upload


def add_quick_files(ticket_id: UUID, quick_id: UUID, *, by: Actor, now: datetime | None = None) -> list[Upload]:
    """Store copies of a quick message's files for a message that the member is writing in this ticket, all or none.

    The quick message is one that the desk suggests there: of the ticket's sector, or the member's own. What becomes
    of it later doesn't touch them. ``now`` is aware. Raises NotAllowed (the ticket is not seen, or only read),
    QuickMessage.DoesNotExist, Invalid (``too_many_files``, ``file_too_large`` for this ticket's flow engine,
    ``file_gone``).
    """
    member, ticket = _writer(ticket_id, by)
    quick = for_ticket(ticket, member).get(pk=quick_id)
    files = list(quick.files.all())
    for file in files:
        try:
            check_size(file.size, file.content_type, limits.limit_of_any(ticket.flow_type))
        except Invalid as error:
            error.sentence = f"{file.name}: {error.sentence}"
            raise
    now = now or timezone.now()
    added = [
        Upload(ticket=ticket, user=member.user, created_at=now, **file.columns(storage.new_name(now)))
        for file in files
    ]
    _reserve(member.user, added)
    try:
        for file, upload in zip(files, added, strict=True):
            _copy(file, upload)
    except BaseException:
        for upload in added:
            _give_up(upload)
        raise
    return added


def _copy(file: QuickMessageFile, upload: Upload) -> None:
    try:
        with _ready(upload):
            file.copy(upload.file.name or "")
    except FileNotFoundError:
        raise _file_gone(1) from None


def _writer(ticket_id: UUID, by: Actor) -> tuple[Member, Ticket]:
    """Return who writes, with their rights of now, and in which ticket. Raises NotAllowed."""
    member = actor_now(by).member
    if by.user is None or member is None:
        raise NotAllowed
    ticket = Ticket.objects.noted_by(member).filter(pk=ticket_id).order_by().first()
    if ticket is None:
        raise NotAllowed
    return member, ticket


@transaction.atomic
def _reserve(user: User, uploads: Sequence[Upload]) -> None:
    """Store rows of files that wait to be sent, one person's after the other. Raises Invalid, as ``_check_room``."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _check_room(user, len(uploads))
    Upload.objects.bulk_create(uploads)


def _check_room(user: User, files: int) -> None:
    """Raise Invalid if too many files of a person would wait to be sent."""
    waiting = Upload.objects.filter(user=user).count()
    if waiting + files > _MESSAGES_WAITING * settings.FILES_PER_MESSAGE:
        raise Invalid(
            _("Too many files of yours wait to be sent. Send or remove some of them first."),
            code="too_many_files",
            field="files",
        )


@contextmanager
def _ready(upload: Upload) -> Iterator[None]:
    """Mark a row ready when the block has written the files it names; on failure remove both."""
    try:
        yield
        upload.ready = True
        if not Upload.objects.filter(pk=upload.pk).update(ready=True):
            raise FileNotFoundError(upload.file.name)
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
        raise _file_gone(len(gone), files=[str(pk) for pk in gone])
    made = Attachment.objects.bulk_create(
        Attachment(message=message, state=FetchState.STORED, **upload.columns(upload.file.name or ""))
        for upload in (found[pk] for pk in wanted)
    )
    Upload.objects.filter(pk__in=wanted).delete()
    return made


def _file_gone(count: int, **extra: Any) -> Invalid:
    return Invalid(
        ngettext(
            "A file you added is not here any more. Remove it, then add it again.",
            "Some files you added are not here any more. Remove them, then add them again.",
            count,
        ),
        code="file_gone",
        field="files",
        **extra,
    )
