"""Operations on tags; the only code that writes their table."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.constraints import check_deferred
from core.errors import DomainError, Invalid, NotAllowed, check_version, rules_of_database
from core.ordering import arrange, move, write_order
from core.tables import columns_of_line, says_separator, without_marks
from core.text import Fold, by_name, folded, one_line
from core.validation import check_length, clean_name
from orgs import audit
from orgs.access import Actor
from sectors.locks import lock_sectors
from sectors.models import Sector
from sectors.validation import allow_configuring

from .hooks import closed_with
from .models import DESCRIPTION_LENGTH, NAME_LENGTH, Color, Tag
from .signals import tag_merged

#: Maximum number of tags that a form or file adds at once.
MAX_AT_ONCE = 500
#: Maximum length of a pasted list, in characters.
LONGEST_LIST = 100_000
#: The period whose use counts for ordering tags.
USED_LATELY = timedelta(days=90)


@dataclass(frozen=True)
class NewTag:
    """A tag to add: its name and optional attributes."""

    name: str
    description: str = ""
    color: str = ""


def starter_name() -> str:
    """Return the name of a new sector's first tag, in the active language."""
    return gettext("Resolved")


@transaction.atomic
def add_tags(sector: Sector, names: Iterable[str | NewTag], *, by: Actor) -> list[Tag]:
    """Add tags, given as names or ``NewTag``, to the end of the sector's list, all or none (docs/rules.md, Tag).

    A name that exists already, ignoring case and accents, rejects all of them with an error that names it. Raises
    NotAllowed, Invalid, DomainError tag_name_taken.
    """
    allow_configuring(by, sector.pk)
    given = list(islice(names, MAX_AT_ONCE + 1))
    if len(given) > MAX_AT_ONCE:
        raise Invalid(_("Add at most %(limit)d tags at once.") % {"limit": MAX_AT_ONCE}, field="tags")
    cleaned = [_clean_new(one) for one in given]
    lock_sectors([sector.pk])
    _refuse_taken(sector, [one.name for one in cleaned])
    start = Tag.objects.filter(sector=sector).count()
    with rules_of_database():
        tags = Tag.objects.bulk_create(
            Tag(sector=sector, name=one.name, description=one.description, color=one.color, position=start + i)
            for i, one in enumerate(cleaned)
        )
    audit.record_all(by, "tag.created", [(tag, _facts(tag, sector)) for tag in tags], project=sector.project)
    return tags


def _clean_new(given: str | NewTag) -> NewTag:
    one = given if isinstance(given, NewTag) else NewTag(given)
    name = clean_name(one.name, field="tags", limit=NAME_LENGTH)
    return NewTag(name, clean_description(one.description), clean_color(one.color))


def _facts(tag: Tag, sector: Sector) -> dict[str, Any]:
    """Return a new tag's attributes for the audit log."""
    looks = {"description": tag.description, "color": tag.color}
    return {"name": tag.name, "sector": sector.name, **{field: value for field, value in looks.items() if value}}


def _names_taken(sector: Sector) -> set[str]:
    """Return the folded names that a new tag can't have."""
    tags = Tag.objects.filter(sector=sector, merged_into=None)
    return set(tags.annotate(folded=Fold("name")).values_list("folded", flat=True))


def _refuse_taken(sector: Sector, names: list[str]) -> None:
    """Raise an error that names the existing tags; the database's constraint wouldn't name them."""
    folds = folded(names)
    present = _names_taken(sector)
    again = {fold for fold, times in Counter(folds).items() if times > 1}
    taken = [name for name, fold in zip(names, folds, strict=True) if fold in present]
    if taken:
        raise DomainError(
            _("The sector already has a tag of this name (archived ones count: restore it instead): %(names)s")
            % {"names": ", ".join(dict.fromkeys(taken))},
            code="tag_name_taken",
            field="name",
        )
    if again:
        raise DomainError(
            _("Two of the new tags have the same name: %(names)s")
            % {"names": ", ".join(name for name, fold in zip(names, folds, strict=True) if fold in again)},
            code="tag_name_taken",
            field="name",
        )


@transaction.atomic
def change_tag(tag: Tag, *, by: Actor, expected_version: datetime | None = None, **values: Any) -> Tag:
    """Change a tag's ``values`` of name, description, color; history shows the new name. Whatever isn't given stays
    unchanged.

    ``expected_version`` is the ``modified_at`` that the edit is based on; a later save by somebody else raises
    Conflict. Raises NotAllowed, Invalid, Conflict, DomainError tag_name_taken.
    """
    if set(values) - set(_CLEANERS):
        raise TypeError(f"unknown fields: {sorted(set(values) - set(_CLEANERS))}")
    tag = _locked(tag, by)
    check_version(expected_version, tag.modified_at)
    if tag.closed_by_flow:
        raise NotAllowed
    before, after = audit.changes(tag, {name: _CLEANERS[name](value) for name, value in values.items()})
    if after:
        with rules_of_database():
            tag.save(update_fields=["name", "description", "color", "modified_at"])
        audit.record(by, "tag.changed", tag, project=tag.sector.project, before=before, after=after)
    return tag


def _locked(tag: Tag, by: Actor) -> Tag:
    """Return the tag's current row, with its sector locked. Raises NotAllowed."""
    allow_configuring(by, tag.sector_id)
    lock_sectors([tag.sector_id])
    return Tag.objects.select_related("sector__project").get(pk=tag.pk)


def clean_description(given: object) -> str:
    """Return a tag's description with blanks collapsed. Raises Invalid."""
    if not isinstance(given, str):
        raise Invalid(_("Send text."), field="description")
    text = one_line(given)
    check_length(text, DESCRIPTION_LENGTH, field="description")
    return text


def clean_color(given: object) -> str:
    """Return a valid colour. Raises Invalid."""
    if given not in Color.values:
        raise Invalid(_("Choose one of the colours."), code="unknown_color", field="color")
    return str(given)


_CLEANERS: dict[str, Callable[[Any], Any]] = {
    "name": lambda name: clean_name(name, limit=NAME_LENGTH),
    "description": clean_description,
    "color": clean_color,
}


@transaction.atomic
def merge_tags(source: Tag, into: Tag, *, by: Actor) -> Tag:
    """Merge a tag into another of its sector: its tickets get the other tag, each once, and it can't be chosen again.
    Irreversible (docs/rules.md, Tag). Returns the other tag.

    Raises NotAllowed, Invalid: itself, another sector's, archived or already merged, the one of closings by the flow.
    """
    source = _locked(source, by)
    into = Tag.objects.get(pk=into.pk)
    wrong = source.pk == into.pk or source.sector_id != into.sector_id
    if wrong or source.closed_by_flow or into.closed_by_flow or source.merged_into_id or into.archived_at:
        raise Invalid(_("Choose another tag of the sector that is in use."), code="foreign_tag", field="into")
    Tag.objects.filter(merged_into=source).update(merged_into=into)
    source.merged_into = into
    source.archived_at = source.archived_at or timezone.now()
    with rules_of_database():
        source.save(update_fields=["merged_into", "archived_at", "modified_at"])
        tag_merged.send(sender=Tag, source=source, into=into)
        for rule in ("tag_merged_directly", "ticket_tag_not_merged", "sector_keeps_tag"):
            check_deferred(rule)
    audit.record(by, "tag.merged", source, project=source.sector.project, after={"into": into.name})
    return into


@transaction.atomic
def move_tag(tag: Tag, step: str, *, by: Actor) -> None:
    """Move a tag within its sector's list. Raises NotAllowed, Invalid."""
    allow_configuring(by, tag.sector_id)
    lock_sectors([tag.sector_id])
    if move(Tag.objects.live().filter(sector=tag.sector_id), tag.pk, step):
        audit.record(by, "tag.moved", tag, project=tag.sector.project)


@transaction.atomic
def order_tags(sector: Sector, keys: Sequence[UUID], *, by: Actor) -> None:
    """Order a sector's tags by the given keys; tags not in ``keys`` come last. Raises NotAllowed."""
    allow_configuring(by, sector.pk)
    lock_sectors([sector.pk])
    if arrange(Tag.objects.live().filter(sector=sector), keys):
        audit.record(by, "tags.ordered", sector, project=sector.project)


@transaction.atomic
def order_tags_by_use(sector: Sector, *, by: Actor, now: datetime | None = None) -> None:
    """Order a sector's tags by their use in the last 90 days, most used first; ties keep their order. ``now`` is
    aware. Raises NotAllowed.
    """
    allow_configuring(by, sector.pk)
    lock_sectors([sector.pk])
    rows = list(
        Tag.objects.live().filter(sector=sector).order_by("position", *by_name()).values_list("pk", flat=True)
    )
    used = recent_usage(rows, now=now)
    after = sorted(rows, key=lambda pk: -used.get(pk, 0))
    if after != rows:
        write_order(Tag.objects.all(), after)
        audit.record(by, "tags.ordered_by_use", sector, project=sector.project)


def recent_usage(tags: Collection[UUID], *, now: datetime | None = None) -> Mapping[UUID, int]:
    """Return how many tickets were closed with each of the tags in the last 90 days; unused ones are omitted."""
    return closed_with(tags, (now or timezone.now()) - USED_LATELY)


def parse_names(pasted: str) -> list[str]:
    """Return the names in a pasted list, one per line or separated by commas, semicolons, tabs or, where nothing else
    separates them, bars; surrounding quotes and blanks are removed. A name between quotes may have a comma.
    """
    lines = without_marks(pasted).strip().splitlines()
    separators = ",;\t" if len(lines) > 1 or re.search(r"[,;\t]", pasted) else "|"
    parts = (part for line in lines if not says_separator(line) for part in columns_of_line(line, separators))
    names = (" ".join(part.split()).strip("\"'“”«»").strip() for part in parts)
    return [name for name in names if name]


@transaction.atomic
def import_tags(sector: Sector, pasted: str, *, by: Actor) -> tuple[list[Tag], list[str]]:
    """Add the tags of a pasted list that the sector doesn't have yet; returns the new tags and the names skipped as
    existing (archived ones count) or duplicate.

    Raises NotAllowed, Invalid: an empty list, too many names, a name that is too long.
    """
    allow_configuring(by, sector.pk)
    if len(pasted) > LONGEST_LIST:
        raise Invalid(_("The list is too long. Import it in parts."), field="pasted")
    names = parse_names(pasted)
    if not names:
        raise Invalid(_("Paste at least one name."), field="pasted")
    for name in names:
        if len(name) > NAME_LENGTH:
            raise Invalid(
                _("“%(name)s…” is too long: a tag has at most %(limit)d characters.")
                % {"name": name[:40], "limit": NAME_LENGTH},
                field="pasted",
            )
    lock_sectors([sector.pk])
    present = _names_taken(sector)
    new: list[str] = []
    left_out: list[str] = []
    for name, fold in zip(names, folded(names), strict=True):
        (left_out if fold in present else new).append(name)
        present.add(fold)
    if len(new) > MAX_AT_ONCE:
        raise Invalid(_("Add at most %(limit)d tags at once.") % {"limit": MAX_AT_ONCE}, field="pasted")
    return (add_tags(sector, new, by=by) if new else []), left_out


@transaction.atomic
def archive_tag(tag: Tag, *, by: Actor) -> Tag:
    """Archive a tag: it stays in history and filters but can't be chosen. Idempotent.

    Raises NotAllowed, DomainError last_tag, tag_closes_for_silence (enforced by the database).
    """
    tag = _locked(tag, by)
    if tag.archived_at is None:
        with rules_of_database():
            tag.archived_at = timezone.now()
            tag.save(update_fields=["archived_at", "modified_at"])
            for rule in ("sector_keeps_tag", "attendance_tag_in_use"):
                check_deferred(rule)
        audit.record(by, "tag.archived", tag, project=tag.sector.project)
    return tag


@transaction.atomic
def restore_tag(tag: Tag, *, by: Actor) -> Tag:
    """Restore an archived tag. Idempotent. Raises NotAllowed, Invalid for a merged one."""
    tag = _locked(tag, by)
    if tag.merged_into_id is not None:
        raise Invalid(_("This tag was merged into another one and can't be chosen any more."), code="tag_merged")
    if tag.archived_at is not None:
        tag.archived_at = None
        tag.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "tag.restored", tag, project=tag.sector.project)
    return tag


def tag_for_flow(sector: Sector) -> Tag:
    """Return the sector's *closed by flow* tag, creating it on first use; concurrent first uses get the same row.

    If a tag made by hand has that name already, the new one gets a number appended.
    """
    existing = Tag.objects.filter(sector=sector, closed_by_flow=True)
    if tag := existing.first():
        return tag
    lock_sectors([sector.pk])
    if tag := existing.first():
        return tag
    position = Tag.objects.filter(sector=sector).count()
    for suffix in ("", " (2)", " (3)"):
        try:
            with transaction.atomic():
                return Tag.objects.create(
                    sector=sector,
                    name=gettext("Closed by flow") + suffix,
                    closed_by_flow=True,
                    position=position,
                )
        except IntegrityError:
            continue
    raise Invalid(_("The tag for closings by the flow could not be made: its name is taken."))
