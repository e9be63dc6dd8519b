"""What can happen to tags; the only place that writes their table."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgs.access import Actor
from orgs.errors import DomainError, Invalid, NotAllowed, rules_of_database
from orgs.operations import audit
from orgs.operations.deferred import check_deferred
from orgs.operations.names import clean_name
from orgs.text import Fold, folded
from sectors.locks import lock_sectors
from sectors.models import Sector

from .models import NAME_LENGTH, Tag

#: A form or file adds at most this many tags at once.
MOST_AT_ONCE = 500


def _allow(by: Actor, sector_id: UUID) -> None:
    if by.member is not None and not by.member.may_configure_sector(sector_id):
        raise NotAllowed


def starter_name() -> str:
    """Return the name of the tag that a new sector starts with, in the language of whoever makes it."""
    return gettext("Resolved")


@transaction.atomic
def add_tags(sector: Sector, names: Iterable[str], *, by: Actor) -> list[Tag]:
    """Add tags to the end of the sector's list, all or none (docs/rules.md, Tag).

    A name that is there already, whatever its case and accents, refuses the lot by name.
    Raises NotAllowed, Invalid, DomainError tag_name_taken.
    """
    _allow(by, sector.pk)
    names = list(islice(names, MOST_AT_ONCE + 1))
    if len(names) > MOST_AT_ONCE:
        raise Invalid(_("Add at most %(limit)d tags at once.") % {"limit": MOST_AT_ONCE}, field="tags")
    cleaned = [clean_name(name, field="tags", limit=NAME_LENGTH) for name in names]
    lock_sectors([sector.pk])
    _refuse_taken(sector, cleaned)
    start = Tag.objects.filter(sector=sector).count()
    with rules_of_database():
        tags = Tag.objects.bulk_create(
            Tag(sector=sector, name=name, position=start + i) for i, name in enumerate(cleaned)
        )
    for tag in tags:
        audit.record(by, "tag.created", tag, project=sector.project, after={"name": tag.name, "sector": sector.name})
    return tags


def _refuse_taken(sector: Sector, names: list[str]) -> None:
    """Say which names are taken, before the database refuses them without saying which."""
    folds = folded(names)
    present = set(Tag.objects.filter(sector=sector).annotate(folded=Fold("name")).values_list("folded", flat=True))
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
def rename_tag(tag: Tag, name: str, *, by: Actor) -> Tag:
    """Rename a tag; history shows the new name. Raises NotAllowed, Invalid, DomainError tag_name_taken."""
    _allow(by, tag.sector_id)
    lock_sectors([tag.sector_id])
    before, after = audit.changes(tag, {"name": clean_name(name, limit=NAME_LENGTH)})
    if after:
        with rules_of_database():
            tag.save(update_fields=["name", "modified_at"])
        audit.record(by, "tag.renamed", tag, project=tag.sector.project, before=before, after=after)
    return tag


@transaction.atomic
def archive_tag(tag: Tag, *, by: Actor) -> Tag:
    """Archive a tag: it stays in history and filters and can't be chosen any more. Idempotent.

    Raises NotAllowed, DomainError last_tag (held by the database).
    """
    _allow(by, tag.sector_id)
    lock_sectors([tag.sector_id])
    tag = Tag.objects.select_related("sector__project").get(pk=tag.pk)
    if tag.archived_at is None:
        with rules_of_database():
            tag.archived_at = timezone.now()
            tag.save(update_fields=["archived_at", "modified_at"])
            check_deferred("sector_keeps_tag")
        audit.record(by, "tag.archived", tag, project=tag.sector.project)
    return tag


@transaction.atomic
def restore_tag(tag: Tag, *, by: Actor) -> Tag:
    """Bring an archived tag back. Idempotent. Raises NotAllowed."""
    _allow(by, tag.sector_id)
    lock_sectors([tag.sector_id])
    tag = Tag.objects.select_related("sector__project").get(pk=tag.pk)
    if tag.archived_at is not None:
        tag.archived_at = None
        tag.save(update_fields=["archived_at", "modified_at"])
        audit.record(by, "tag.restored", tag, project=tag.sector.project)
    return tag


def tag_for_flow(sector: Sector) -> Tag:
    """Return the sector's *closed by flow* tag, made on first use; parallel first uses get one row.

    A tag of that name made by hand is left as it is: the flow's then carries a number.
    """
    existing = Tag.objects.filter(sector=sector, closed_by_flow=True).first()
    if existing is not None:
        return existing
    lock_sectors([sector.pk])
    existing = Tag.objects.filter(sector=sector, closed_by_flow=True).first()
    if existing is not None:
        return existing
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
