"""Awaiting work in background jobs."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await work that is finished although the job is aborted, as by a worker that ends or has lost its database.

    What was sent to another service and whose outcome nobody stores would be sent again, or never be known.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
