"""The order that people give to the rows of a sector: its queues, its tags."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.ordering import arrange, move
from orgs import audit
from orgs.access import Actor

from .locks import lock_sectors
from .models import Sector
from .validation import allow_configuring


def move_in_sector(row: Any, step: str, *, by: Actor, action: str) -> None:
    """Move a row within its sector's list, recorded as ``action``. Raises NotAllowed, Invalid."""
    allow_configuring(by, row.sector_id)
    lock_sectors([row.sector_id])
    if move(type(row).objects.live().filter(sector=row.sector_id), row.pk, step):
        audit.record(by, action, row, project=row.sector.project)


def order_in_sector(kind: type[Any], sector: Sector, keys: Sequence[UUID], *, by: Actor, action: str) -> None:
    """Order a sector's rows of a model by the given keys, recorded as ``action``. Raises NotAllowed."""
    allow_configuring(by, sector.pk)
    lock_sectors([sector.pk])
    if arrange(kind.objects.live().filter(sector=sector), keys):
        audit.record(by, action, sector, project=sector.project)
