"""What keeps a sector from working, and the page that fixes it (docs/rules.md, Sector)."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.text import by_name
from orgs.access import Member

from .hooks import FIGURES, NEEDS, Lack
from .models import Sector, WorkRange


def codes_of(sector: Any) -> list[str]:
    """Return the codes of what a live sector lacks, most severe first. Needs ``with_readiness`` and the hours."""
    found = [name for name in NEEDS if not getattr(sector, f"has_{name}")]
    now = timezone.now()
    if not sector.hours.is_open(now) and sector.hours.next_change(now) is None:
        found.append("hours")
    return found


def lack_of(sector: Any) -> Lack | None:
    """Return the most severe lack of a sector; None if it works or is archived.

    Needs ``with_readiness``, ``with_first_queue`` and the hours.
    """
    codes = codes_of(sector) if sector.archived_at is None else []
    if not codes:
        return None
    if codes[0] in NEEDS:
        return NEEDS[codes[0]].lack(sector)
    return Lack(
        "hours",
        _("Not ready: never open"),
        _("Not ready: it has no work hours, so that no ticket can be opened."),
        _("Set work hours"),
        reverse("sectors:hours", args=[sector.project_id, sector.pk]) + "#hours",
    )


def not_ready(member: Member, *, most: int = 5) -> list[tuple[Sector, Lack]]:
    """Return up to a given number of the member's sectors that can't work, each with what it lacks."""
    never_open = Q(always_open=False) & ~Exists(WorkRange.objects.filter(sector=OuterRef("pk")))
    rows = (
        Sector.objects.configurable_by(member)
        .live()
        .with_readiness()
        .with_first_queue()
        .filter(reduce(or_, (Q(**{f"has_{code}": False}) for code in NEEDS), never_open))
        .prefetch_related("ranges", "exceptions")
        .order_by("position", *by_name())[:most]
    )
    return [(sector, lack) for sector in rows if (lack := lack_of(sector)) is not None]


def with_figures(sectors: list[Sector]) -> list[Sector]:
    """Set ``queue_count``, ``agent_count``, ``tag_count`` (live ones only) on loaded sectors, in three queries
    however many there are.
    """
    keys = [sector.pk for sector in sectors]
    for name, count in FIGURES.items():
        counted = count(keys)
        for sector in sectors:
            setattr(sector, name, counted.get(sector.pk, 0))
    return sectors
