"""Files of quick messages: stored before their rows, in the transaction that saves the message (docs/rules.md)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from core.errors import Invalid, rules_of_database
from core.files import limits, storage
from core.files.filenames import clean_name
from core.files.received import receive
from sectors.models import MAX_QUICK_FILES, QuickMessage, QuickMessageFile

#: After this time, what was stored and belongs to no row is left from a process that died.
_LEFT_AFTER = {"hours": 1}


@dataclass(frozen=True)
class NewFile:
    """A file to be added, and what its sender calls it."""

    file: IO[bytes]
    name: str


def max_files() -> int:
    """Return how many files a quick message may have: never more than a message takes."""
    return min(MAX_QUICK_FILES, settings.FILES_PER_MESSAGE)


def too_many_quick_files() -> Invalid:
    """Return the error for more files than a quick message may have."""
    return Invalid(
        _("A quick message can have at most %(limit)d files. Remove some first.") % {"limit": max_files()},
        code="too_many_files",
        field="files",
    )


def delete_files_later(names: Sequence[str], *, unless_kept: bool = False) -> None:
    """Have stored files deleted, with their thumbnails, if no row has them; ``unless_kept``: in an hour."""
    if names:
        known: list[JSONValue] = [*names]
        wait = _LEFT_AFTER if unless_kept else None
        app.configure_task("sectors.delete_files", schedule_in=wait, allow_unknown=False).defer(names=known)


@contextmanager
def removed_on_failure() -> Iterator[list[str]]:
    """Yield a list for the names of what is stored in the block; if the block raises, those files are deleted.

    For around a transaction, whose rows are gone then.
    """
    names: list[str] = []
    try:
        yield names
    except BaseException:
        remove_stored(names)
        raise


@contextmanager
def stored_files(files: Sequence[NewFile]) -> Iterator[list[QuickMessageFile]]:
    """Store files, for the block to save their rows (``save_files``); if it raises, they are deleted.

    Slow for pictures: the transaction begins inside the block. Raises Invalid, which names the file: ``file_empty``,
    ``file_too_large``, ``picture_too_large``; ``too_many_files``.
    """
    if len(files) > max_files():
        raise too_many_quick_files()
    now = timezone.now()
    with removed_on_failure() as names:
        names += [storage.new_name(now) for _file in files]
        # Whatever becomes of this process, none stays without a row.
        delete_files_later(names, unless_kept=True)
        yield [_store(file, name) for file, name in zip(files, names, strict=True)]


def remove_stored(names: Sequence[str]) -> None:
    """Delete stored files and their thumbnails now; the job that was deferred tries again what fails."""
    try:
        storage.remove([name for stored in names for name in (stored, storage.thumbnail_name(stored))])
    except OSError:
        storage.logger.exception("file_not_deleted", extra={"files": names})


def _store(given: NewFile, stored: str) -> QuickMessageFile:
    try:
        received = receive(given.file, given.name, most=limits.limit_of_any())
    except Invalid as error:
        error.sentence = f"{clean_name(given.name, '')}: {error.sentence}"
        raise
    received.put(stored)
    return QuickMessageFile(**received.columns(stored))


def save_files(row: QuickMessage, new: Sequence[QuickMessageFile], *, remove: Collection[UUID] = ()) -> bool:
    """Remove files of a message, then add stored ones behind the others; return whether anything changed.

    The caller is in a transaction and holds the message's row lock. Raises Invalid ``too_many_files``, DomainError
    ``quick_message_files_too_large``.
    """
    present = list(row.files.all())
    kept = [file for file in present if file.pk not in set(remove)]
    if len(kept) + len(new) > max_files() and new:
        raise too_many_quick_files()
    QuickMessageFile.objects.filter(message=row, pk__in=remove).delete()
    for place, file in enumerate(kept):
        if file.position != place:
            QuickMessageFile.objects.filter(pk=file.pk).update(position=place)
    for place, file in enumerate(new, start=len(kept)):
        file.message, file.position = row, place
    with rules_of_database():
        QuickMessageFile.objects.bulk_create(new)
    return bool(new) or len(kept) < len(present)


def copy_files(copies: Mapping[UUID, QuickMessage], *, stored: list[str]) -> None:
    """Give messages copies of the files of others, by whose ids they are named.

    ``stored`` gets the names of the copies, from ``removed_on_failure`` around the caller's transaction.
    """
    now = timezone.now()
    made: list[QuickMessageFile] = []
    for file in QuickMessageFile.objects.filter(message__in=list(copies)).order_by("message", "position"):
        name = storage.new_name(now)
        stored.append(name)
        file.copy(name)
        made.append(QuickMessageFile(message=copies[file.message_id], position=file.position, **file.columns(name)))
    QuickMessageFile.objects.bulk_create(made)
