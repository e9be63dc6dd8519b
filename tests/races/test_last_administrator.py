"""The last Administrator of an organization stays, whatever two of them do to each other at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from core.errors import DomainError, from_database
from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import Organization, OrganizationMembership, OrganizationRole
from tests.builders import administrator_of, organization_member, organization_with

from .parallel import Crew

TIMES = 20


def remove(membership: OrganizationMembership) -> None:
    orgs.remove_from_organization(membership, by=SYSTEM)


def demote(membership: OrganizationMembership) -> None:
    orgs.change_organization_role(membership, OrganizationRole.CONTRIBUTOR, by=SYSTEM)


def place(organization: Organization, user: Any) -> OrganizationMembership:
    return OrganizationMembership.objects.select_related("user", "organization").get(
        organization=organization, user=user
    )


def switch_off(membership: OrganizationMembership) -> None:
    try:
        membership.user.is_active = False
        membership.user.save(update_fields=["is_active"])
    except IntegrityError as error:
        raise from_database(error) or error from error


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (remove, remove),
        (remove, demote),
        (demote, demote),
        (switch_off, remove),
        (switch_off, demote),
        (switch_off, switch_off),
    ],
)
def test_of_two_that_would_leave_none_exactly_one_is_refused(
    transactional_db: None, one: Callable[..., None], other: Callable[..., None]
) -> None:
    """Real connections, twenty times over; another organization's Administrators do not count."""
    organization_with()
    crew = Crew()
    try:
        for _ in range(TIMES):
            organization = organization_with()
            first = place(organization, administrator_of(organization))
            second = place(organization, organization_member(organization, OrganizationRole.ADMINISTRATOR))
            results = crew.at_once(partial(one, first), partial(other, second))
            refused = [result for result in results if result is not None]
            assert [getattr(error, "code", error) for error in refused] == ["last_administrator"]
            assert all(isinstance(error, DomainError) for error in refused)
            left = OrganizationMembership.objects.filter(
                organization=organization, role="administrator", user__is_active=True
            )
            assert left.count() == 1
    finally:
        crew.dismiss()
