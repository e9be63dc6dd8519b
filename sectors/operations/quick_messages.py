"""Operations on quick messages: what ``/shortcut`` inserts, text and files, of a sector or a person."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError, Invalid, check_version, constraint_sentence, rules_of_database
from core.text import Fold, folded
from core.validation import check_length, max_length
from orgs import audit
from orgs.access import Actor
from orgs.models import Project, User
from sectors.models import QuickMessage, QuickMessageFile, Sector
from sectors.validation import allow, allow_configuring, clean_words

from .quick_message_files import NewFile, save_files, stored_files

SHORTCUT_LENGTH = max_length(QuickMessage, "shortcut")
#: Maximum per sector, and per person in a project: the desk loads all of them.
MAX_QUICK_MESSAGES = 500
_SHORTCUT = re.compile(r"[\w][\w.-]*")


@dataclass(frozen=True)
class QuickText:
    """A shortcut (without its slash) and the text it inserts."""

    shortcut: str
    text: str


def clean_shortcut(given: object) -> str:
    """Return a shortcut without its slash. Raises Invalid for anything but letters, digits, dash, dot, underscore."""
    shortcut = given.strip().removeprefix("/") if isinstance(given, str) else ""
    check_length(shortcut, SHORTCUT_LENGTH, field="shortcut")
    if not _SHORTCUT.fullmatch(shortcut):
        raise Invalid(
            _("A shortcut is one word of letters, digits, dashes and dots, like good-morning."), field="shortcut"
        )
    return shortcut


def clean_text(given: object) -> str:
    """Return the stripped text. Raises Invalid: empty, too long, or with an unknown variable."""
    text = clean_words(given, field="text")
    if not text:
        raise Invalid(_("Write what the shortcut inserts."), field="text")
    return text


def clean_quick_message(given: QuickText, *, with_files: bool = False) -> QuickText:
    """Return a message as it is stored; ``with_files``, its text may be empty.

    Raises Invalid, as ``clean_shortcut`` and ``clean_text``.
    """
    shortcut, text = clean_shortcut(given.shortcut), clean_words(given.text, field="text")
    if not text and not with_files:
        raise Invalid(constraint_sentence("quick_message_has_content"), field="text")
    return QuickText(shortcut, text)


def _clean_one_of(messages: Sequence[QuickText], message: QuickText, *, with_files: bool) -> QuickText:
    """Validate a message; among several, the error names the one at fault. Raises Invalid."""
    try:
        return clean_quick_message(message, with_files=with_files)
    except Invalid as error:
        if len(messages) > 1:
            error.sentence = f"/{str(message.shortcut)[:SHORTCUT_LENGTH].removeprefix('/')}: {error.sentence}"
        raise


def versions_of(rows: Iterable[QuickMessage]) -> str:
    """Return a mark of messages as they are, which differs once one of them is changed or removed."""
    marks = sorted(f"{row.pk} {row.modified_at.isoformat()}" for row in rows)
    return sha256("\n".join(marks).encode()).hexdigest()


def _check_once(keys: Sequence[str], messages: Sequence[QuickText]) -> None:
    """Raise DomainError if a shortcut is there twice: no message of several silently wins."""
    first: dict[str, QuickText] = {}
    for key, message in zip(keys, messages, strict=True):
        if key in first:
            raise DomainError(
                _("Two of these have the same shortcut: /%(one)s and /%(other)s.")
                % {"one": first[key].shortcut, "other": message.shortcut},
                code="shortcut_taken",
                field="shortcut",
            )
        first[key] = message


def _allow(by: Actor, project: Project, sector: Sector | None, user: User | None) -> None:
    """Raise NotAllowed unless the person may edit the sector's messages, or the messages are their own."""
    if sector is not None:
        allow_configuring(by, sector.pk)
    else:
        allow(by, lambda member: member.project == project and member.may_use_chats() and by.user == user)


def add_quick_messages(
    project: Project,
    messages: Sequence[QuickText],
    *,
    by: Actor,
    sector: Sector | None = None,
    user: User | None = None,
    replace: bool = False,
    expected_versions: str | None = None,
    files: Sequence[NewFile] = (),
) -> list[QuickMessage]:
    """Add messages to a sector or to a person's own in a project (exactly one of the two), all or none.

    ``replace``: an existing shortcut gets the new text instead of raising, and keeps its files; ``expected_versions``
    is the mark of those that this is based on (``versions_of``). ``files``: those of the only message, which then
    may be without a text. Raises NotAllowed, Invalid (a file is named: ``stored_files``), Conflict (another message
    would be replaced than that), DomainError shortcut_taken, too_many_quick_messages, quick_message_files_too_large.
    """
    if (sector is None) == (user is None):
        raise TypeError("a quick message belongs to a sector or to a person")
    if files and len(messages) != 1:
        raise TypeError("files belong to one message")
    _allow(by, project, sector, user)
    cleaned = [_clean_one_of(messages, message, with_files=bool(files)) for message in messages]
    owner = {"project": project, "sector": sector, "user": user}
    if not files:
        return _add(owner, cleaned, by=by, replace=replace, expected_versions=expected_versions)
    with stored_files(files) as new:
        return _add(owner, cleaned, by=by, replace=replace, expected_versions=expected_versions, files=new)


@transaction.atomic
def _add(
    owner: dict[str, Any],
    cleaned: Sequence[QuickText],
    *,
    by: Actor,
    replace: bool,
    expected_versions: str | None,
    files: Sequence[QuickMessageFile] = (),
) -> list[QuickMessage]:
    keys = folded([message.shortcut for message in cleaned])
    _check_once(keys, cleaned)
    wanted = dict(zip(keys, cleaned, strict=True))
    owned = QuickMessage.objects.filter(**owner)
    rows = owned.select_related("project__organization", "sector").select_for_update(of=("self",))
    present = {row.folded: row for row in rows.annotate(folded=Fold("shortcut"))}
    if expected_versions not in {None, versions_of(row for key, row in present.items() if key in wanted)}:
        raise Conflict()
    if len(present.keys() | wanted.keys()) > MAX_QUICK_MESSAGES:
        raise DomainError(
            _("There can be at most %(limit)d quick messages. Remove some first.") % {"limit": MAX_QUICK_MESSAGES},
            code="too_many_quick_messages",
        )
    made: list[QuickMessage] = []
    for key, message in wanted.items():
        row = present.get(key)
        if row is not None and replace:
            made.append(_change(row, message, by, add=files))
            continue
        with rules_of_database():
            new = QuickMessage.objects.create(**owner, shortcut=message.shortcut, text=message.text)
        if files:
            save_files(new, files)
        _record(by, "quick_message.added", new, after=_facts(new, [file.name for file in files]))
        made.append(new)
    return made


def change_quick_message(
    row: QuickMessage,
    to: QuickText,
    *,
    by: Actor,
    expected_version: datetime | None = None,
    add: Sequence[NewFile] = (),
    remove: Collection[UUID] = (),
) -> QuickMessage:
    """Change a quick message's shortcut and text, and ``add`` and ``remove`` files (of others' ids nothing comes).

    ``expected_version`` is the ``modified_at`` it is based on. Raises NotAllowed, Invalid (a file is named:
    ``stored_files``), Conflict (changed or removed by somebody else since), DomainError shortcut_taken,
    quick_message_files_too_large.
    """
    _allow(by, row.project, row.sector, row.user)
    if not add:
        return _change_locked(row, to, by, expected_version, remove=remove)
    with stored_files(add) as new:
        return _change_locked(row, to, by, expected_version, add=new, remove=remove)


@transaction.atomic
def _change_locked(
    row: QuickMessage,
    to: QuickText,
    by: Actor,
    expected_version: datetime | None,
    *,
    add: Sequence[QuickMessageFile] = (),
    remove: Collection[UUID] = (),
) -> QuickMessage:
    present = _locked(row)
    if present is None:
        raise Conflict(_("Somebody else has removed this message in the meantime."))
    check_version(expected_version, present.modified_at)
    keeps_some = any(file.pk not in set(remove) for file in present.files.all())
    cleaned = clean_quick_message(to, with_files=keeps_some or bool(add))
    return _change(present, cleaned, by, add=add, remove=remove)


def _locked(row: QuickMessage) -> QuickMessage | None:
    """Return the message's current row, locked until the transaction ends; None if it was removed."""
    rows = QuickMessage.objects.select_related("project__organization", "sector").select_for_update(of=("self",))
    return rows.filter(pk=row.pk).first()


def _change(
    row: QuickMessage,
    to: QuickText,
    by: Actor,
    *,
    add: Sequence[QuickMessageFile] = (),
    remove: Collection[UUID] = (),
) -> QuickMessage:
    others = bool(add or remove)
    old = {**_facts(row), "files": _names(row) if others else []}
    row.shortcut, row.text = to.shortcut, to.text
    changed_files = others and save_files(row, add, remove=remove)
    before, after = audit.differing(old, {**_facts(row), "files": _names(row) if others else []})
    if after or changed_files:
        with rules_of_database():
            row.save(update_fields=["shortcut", "text", "modified_at"])
        _record(by, "quick_message.changed", row, before=before, after=after)
    return row


@transaction.atomic
def remove_quick_message(row: QuickMessage, *, by: Actor, expected_version: datetime | None = None) -> None:
    """Remove a quick message; messages sent with it stay. Idempotent. ``expected_version`` as in
    ``change_quick_message``.

    Raises NotAllowed, Conflict.
    """
    _allow(by, row.project, row.sector, row.user)
    present = _locked(row)
    if present is None:
        return
    check_version(expected_version, present.modified_at)
    before = _facts(present, _names(present))
    QuickMessage.objects.filter(pk=present.pk).delete()
    _record(by, "quick_message.removed", row, before=before)


def _record(by: Actor, action: str, row: QuickMessage, **facts: Any) -> None:
    """Write the audit entry for a sector's message; personal ones aren't audited."""
    if row.sector is not None:
        audit.record(by, action, row, project=row.project, **facts)


def _facts(row: QuickMessage, files: Sequence[str] = ()) -> dict[str, Any]:
    facts = {"shortcut": row.shortcut, "text": row.text, "sector": row.sector.name if row.sector else ""}
    return {**facts, "files": [*files]} if files else facts


def _names(row: QuickMessage) -> list[str]:
    # Read anew: those of the row may have been read before.
    return list(QuickMessageFile.objects.filter(message=row).values_list("name", flat=True))
