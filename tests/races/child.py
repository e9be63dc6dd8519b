"""A process of its own that works on the test's database. Nothing here may import Django before it is set up."""

import os
import pickle
from typing import Any


def begin(database_url: str, work: bytes, *shared: Any) -> None:
    """Set Django up on that database and do the pickled work: a function and its arguments, before those shared.

    For processes that are spawned, not forked: a fork would share the connections of whatever ran in the process
    before, and end them with itself.
    """
    os.environ["DATABASE_URL"] = database_url
    import django

    django.setup()
    function, arguments = pickle.loads(work)
    function(*arguments, *shared)
