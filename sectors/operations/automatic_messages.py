"""Operations on automatic messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, check_version, rules_of_database
from orgs import audit
from orgs.access import Actor
from sectors.locks import lock_sectors
from sectors.message_variables import ALL_NAMES, variables_of
from sectors.models import WAITING_EVERY, AutomaticMessage, Moment, Sector
from sectors.validation import allow_configuring, clean_words


def clean_every(minutes: object) -> int | None:
    """Return the minutes between two messages to a waiting contact, None for a single message. Raises Invalid."""
    return None if minutes is None else WAITING_EVERY.clean(minutes, field="waiting_every")


def clean_texts(texts: Mapping[str, object]) -> dict[str, str]:
    """Return the stripped texts by moment. Raises Invalid with the moment as its field."""
    for moment in texts:
        if moment not in Moment.values:
            raise Invalid(_("There is no such moment: %(name)s.") % {"name": str(moment)[:40]}, code="unknown_moment")
    return {moment: _clean(moment, text) for moment, text in texts.items()}


def _clean(moment: str, text: object) -> str:
    names = [variable.name for variable in variables_of(moment)]
    return clean_words(text, field=moment, names=names, elsewhere=ALL_NAMES)


@transaction.atomic
def set_automatic_messages(
    sector: Sector, texts: Mapping[str, str], *, by: Actor, expected_version: datetime | None = None, **values: Any
) -> dict[str, str]:
    """Set a sector's automatic messages (docs/rules.md, Automatic messages); returns all its texts.

    ``texts`` by ``Moment``: an empty text sends nothing, a missing moment stays unchanged. ``values``:
    ``waiting_every``, the minutes after which a waiting contact is told their position again (None: told once).
    ``expected_version`` is the ``modified_at`` of the sector that the edit is based on. Raises NotAllowed, Invalid,
    Conflict.
    """
    allow_configuring(by, sector.pk)
    if set(values) - {"waiting_every"}:
        raise TypeError(f"unknown fields: {sorted(values)}")
    wanted = clean_texts(texts)
    lock_sectors([sector.pk])
    sector = Sector.objects.select_related("project").get(pk=sector.pk)
    check_version(expected_version, sector.modified_at)
    present = texts_of(sector)
    old = _facts(sector, present)
    new = {moment: text for moment, text in {**present, **wanted}.items() if text}
    sector.waiting_every = clean_every(values.get("waiting_every", sector.waiting_every))
    before, after = audit.differing(old, _facts(sector, new))
    if after:
        sector.automatic_messages.exclude(moment__in=new).delete()
        with rules_of_database():
            AutomaticMessage.objects.bulk_create(
                [AutomaticMessage(sector=sector, moment=moment, text=text) for moment, text in new.items()],
                update_conflicts=True,
                unique_fields=["sector", "moment"],
                update_fields=["text"],
            )
            sector.save(update_fields=["waiting_every", "modified_at"])
        audit.record(by, "sector.changed", sector, project=sector.project, before=before, after=after)
    return new


def texts_of(sector: Sector) -> dict[str, str]:
    """Return a sector's texts by moment, without empty ones."""
    return dict(sector.automatic_messages.values_list("moment", "text"))


def _facts(sector: Sector, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return texts and minutes as plain values for the audit log."""
    return {
        **{f"automatic_{moment}": texts.get(moment, "") for moment in Moment.values},
        "waiting_every": sector.waiting_every,
    }
