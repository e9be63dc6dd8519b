"""What keeps a sector from working, and the page that mends it (docs/rules.md, Sector)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orgs.access import Member

from .models import Sector, WorkRange


@dataclass(frozen=True)
class Lack:
    """What is missing: a word for programs (queue, agent, tag, hours), sentences, and where it is mended."""

    code: str
    short: str
    sentence: str
    action: str
    url: str


def codes_of(sector: Any) -> list[str]:
    """Return what a live sector lacks, the worst first; it comes with ``with_readiness`` and its hours."""
    found = [name for name in ("queue", "agent", "tag") if not getattr(sector, f"has_{name}")]
    now = timezone.now()
    if not sector.hours.is_open(now) and sector.hours.next_change(now) is None:
        found.append("hours")
    return found


def lack_of(sector: Any) -> Lack | None:
    """Return the worst that a sector lacks, None where it can work or is archived.

    It comes with ``with_readiness``, ``with_first_queue`` and its hours.
    """
    codes = codes_of(sector) if sector.archived_at is None else []
    if not codes:
        return None
    place = [sector.project_id]
    if codes[0] in ("queue", "agent"):
        new = reverse("queues:new", args=[*place, sector.pk])
        url = reverse("queues:detail", args=[*place, sector.first_queue]) if sector.first_queue else new
        return Lack(
            "agent",
            _("Not ready: no agent"),
            _("Not ready: nobody is on a queue of this sector. Its tickets would wait for nobody."),
            _("Choose agents"),
            url,
        )
    if codes[0] == "tag":
        url = reverse("tags:list", args=[*place, sector.pk])
        return Lack("tag", _("Not ready: no tag"), _("Not ready: no ticket could be closed."), _("Add tags"), url)
    return Lack(
        "hours",
        _("Not ready: never open"),
        _("Not ready: it has no work hours, so that no ticket can be opened."),
        _("Set work hours"),
        reverse("sectors:detail", args=[*place, sector.pk]) + "#hours",
    )


def not_ready(member: Member, *, most: int = 5) -> list[tuple[Sector, Lack]]:
    """Return sectors that a member configures and that can't work, at most so many, with what they lack."""
    never_open = Q(always_open=False) & ~Exists(WorkRange.objects.filter(sector=OuterRef("pk")))
    rows = (
        Sector.objects.configurable_by(member)
        .live()
        .with_readiness()
        .with_first_queue()
        .filter(Q(has_agent=False) | Q(has_tag=False) | never_open)
        .prefetch_related("ranges", "exceptions")
        .order_by("position", "name", "pk")[:most]
    )
    return [(sector, lack) for sector in rows if (lack := lack_of(sector)) is not None]
