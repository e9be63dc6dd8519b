"""The lock that makes routing right (docs/routing.md, One writer per sector).

Whatever can change who may take a ticket of a sector, or which tickets wait there, first takes the sector's
lock, then writes, then routes, all in one transaction. So routing of one sector is a serial process however
many processes run it, and each step sees everything that came before it.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection


def lock_sectors(sector_ids: Collection[UUID]) -> None:
    """Lock the sectors' rows until the transaction ends, in the order of their ids so that no two deadlock.

    NO KEY UPDATE: rows that refer to a sector can still be inserted meanwhile.
    """
    if not sector_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM sectors_sector WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(sector_ids))],
        )
