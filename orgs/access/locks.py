"""The lock of a person, which comes before all others of an operation (docs/routing.md, One writer per sector)."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection


def lock_people(user_ids: Collection[UUID]) -> None:
    """Lock people's rows until the transaction ends, in the order of their ids so that no two deadlock.

    Whatever ends a person's access, and whatever relies on it to put them somewhere (a queue, a sector's
    managers, a ticket), or asks on which queues they are to change their status, begins with this. So one of two
    such changes sees the other, although they write different rows. Take it before any sector's lock.
    """
    if not user_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM orgs_user WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(user_ids))],
        )
