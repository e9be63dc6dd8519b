"""Expecting refusals: by a rule of the domain, or by Postgres itself when the code is gone around."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import DomainError


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """Expect the database to refuse the block, or its commit, by the constraint of that name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
        with connection.cursor() as cursor:
            # What is deferred to the end of the transaction is asked now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert constraint_of(caught.value) == constraint


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """Expect the domain to refuse the block with that code and a sentence; nothing of the block stays."""
    with pytest.raises(DomainError) as caught, transaction.atomic():
        yield caught
    assert caught.value.code == code
    assert str(caught.value)


def constraint_of(error: BaseException) -> str | None:
    """Return the name of the constraint that a database error is about."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
