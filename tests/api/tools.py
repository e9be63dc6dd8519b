"""Addresses that the tests of the REST API share."""

from tests.builders import Desk


def base(desk: Desk) -> str:
    """Return the address of the desk's project."""
    return f"/projects/{desk.project.pk}"
