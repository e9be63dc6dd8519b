"""Setting a sector's service rules (docs/rules.md, Service rules)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from core.errors import check_version, rules_of_database
from orgs import audit
from orgs.access import Actor
from sectors.locks import lock_sectors
from sectors.message_variables import ALL_NAMES, variables_of
from sectors.models import Moment, Sector
from sectors.validation import allow_configuring, clean_words
from tags.models import Tag
from tickets.errors import ForeignTag
from tickets.models import RULES, AttendanceRules

#: A warning takes the variables of a closing message: in both cases the ticket has an agent.
VARIABLES = variables_of(Moment.CLOSING)
_NAMES = frozenset(variable.name for variable in VARIABLES)
#: All that can be set but the tag, which is another sector's in a copy.
_SETTINGS = (*RULES, "warn_text", "agents_read_earlier")


def attendance_rules(sector: Sector) -> AttendanceRules:
    """Return a sector's rules; unsaved with the defaults if none were set."""
    found = AttendanceRules.objects.select_related("close_tag").filter(sector=sector).first()
    return found or AttendanceRules(sector=sector)


def clean_minutes(name: str, value: object) -> int | None:
    """Return a rule's minutes, None for off. Errors name the field ``name``. Raises Invalid."""
    return None if value is None else RULES[name].clean(value, field=name)


def clean_warning(value: object) -> str:
    """Return the text of the warning for silent contacts, empty for none. Raises Invalid."""
    return clean_words(value, field="warn_text", names=_NAMES, elsewhere=ALL_NAMES)


def _clean_tag(sector: Sector, value: object) -> Tag | None:
    """Return the tag, read under the sector's lock, which archiving a tag takes too."""
    if value is None:
        return None
    tag = Tag.objects.choosable().filter(sector=sector, pk=getattr(value, "pk", value)).first()
    if tag is None:
        raise ForeignTag(field="close_tag")
    return tag


@transaction.atomic
def set_service_rules(
    sector: Sector, *, by: Actor, expected_version: datetime | None = None, **values: Any
) -> AttendanceRules:
    """Update a sector's service rules; rules not given stay as they are.

    ``values``: the rules of ``RULES`` (minutes; None is off), warn_text, agents_read_earlier, close_tag (a tag or its
    id). Without ``close_after`` there is no ``close_tag``. ``expected_version`` is the sector's ``modified_at`` on
    which the change is based. Raises NotAllowed, Invalid, ForeignTag, Conflict, DomainError (database constraints).
    """
    allow_configuring(by, sector.pk)
    if unknown := set(values) - {*_SETTINGS, "close_tag"}:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    check_version(expected_version, sector.modified_at)
    rules = attendance_rules(sector)
    cleaners: dict[str, Callable[[Any], Any]] = {
        "warn_text": clean_warning,
        "agents_read_earlier": bool,
        "close_tag": lambda value: _clean_tag(sector, value),
    }
    wanted = {
        name: cleaners[name](value) if name in cleaners else clean_minutes(name, value)
        for name, value in values.items()
    }
    if wanted.get("close_after", rules.close_after) is None:
        wanted["close_tag"] = None
    before, after = audit.changes(rules, wanted)
    if after:
        with rules_of_database():
            rules.save()
        sector.save(update_fields=["modified_at"])
        audit.record(by, "sector.changed", sector, project=sector.project, before=before, after=after)
    return rules


def copy_service_rules(source: Sector, target: Sector, *, by: Actor) -> None:
    """Copy a sector's rules to its copy, with the copy's tag of the same name. Raises as ``set_service_rules``."""
    rules = attendance_rules(source)
    tag = (
        Tag.objects.choosable().filter(sector=target, name=rules.close_tag.name).first() if rules.close_tag else None
    )
    values = {name: getattr(rules, name) for name in _SETTINGS}
    set_service_rules(target, by=by, close_tag=tag, **values)
