"""The lock on people's rows, taken before all others (docs/routing.md, One writer per sector)."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection


def lock_people(user_ids: Collection[UUID]) -> None:
    """Lock the users' rows until the transaction ends, in order of id to avoid deadlocks.

    Any operation starts with this if it ends somebody's access, or relies on that access to assign them (to a queue,
    as a sector's manager, to a ticket), or reads their queues to change their status. So two such operations are
    serialized although they write different rows. Take it before any sector's lock.
    """
    if not user_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM orgs_user WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(user_ids))],
        )
