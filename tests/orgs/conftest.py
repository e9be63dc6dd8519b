"""People of the tests of accounts, and their pages."""

import pytest

from orgs.models import User
from tests.builders import Desk

from .accounts import PASSWORD


@pytest.fixture
def person(desk: Desk) -> User:
    """An agent with a password."""
    user = desk.agent()
    user.set_password(PASSWORD)
    user.save()
    return user
