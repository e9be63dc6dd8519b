"""The lock that serializes routing (docs/routing.md, One writer per sector).

Anything that changes who can take a sector's tickets, or which tickets wait there, locks the sector first, then
writes, then routes, all in one transaction. So routing of a sector is serial however many processes run it, and each
step sees everything before it.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection


def lock_sectors(sector_ids: Collection[UUID]) -> None:
    """Lock the sectors' rows until the transaction ends, ordered by id to avoid deadlocks.

    NO KEY UPDATE: rows that reference a sector can still be inserted meanwhile.
    """
    if not sector_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM sectors_sector WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(sector_ids))],
        )
