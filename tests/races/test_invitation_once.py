"""An invitation is accepted once, however many accept it at the same moment (docs/rules.md, Invitations)."""

from functools import partial

from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import AuditEntry, OrganizationMembership, User
from orgs.operations import InvitationUnusable
from tests.builders import organization_with

from .parallel import Crew

TIMES = 10


def test_two_who_accept_at_once_are_one_member_and_one_refusal(transactional_db: None) -> None:
    crew = Crew()
    try:
        for n in range(TIMES):
            organization = organization_with()
            _added, _invitation, secret = orgs.add_by_email(organization, f"new-{n}@example.org", "viewer", by=SYSTEM)
            user = User.objects.create_user(f"new-{n}@example.org")
            accept = partial(orgs.accept, secret, user)
            results = crew.at_once(accept, accept)
            assert sum(isinstance(result, InvitationUnusable) for result in results) == 1, results
            assert OrganizationMembership.objects.filter(organization=organization, user=user).count() == 1
            entries = AuditEntry.objects.filter(action="invitation.accepted", organization=organization)
            assert entries.count() == 1
    finally:
        crew.dismiss()


def test_taken_back_and_accepted_at_once_only_one_happens(transactional_db: None) -> None:
    crew = Crew()
    try:
        for n in range(TIMES):
            organization = organization_with()
            _added, invitation, secret = orgs.add_by_email(organization, f"new-{n}@example.org", "viewer", by=SYSTEM)
            assert invitation is not None
            user = User.objects.create_user(f"new-{n}@example.org")
            results = crew.at_once(partial(orgs.accept, secret, user), partial(orgs.revoke, invitation, by=SYSTEM))
            assert sum(isinstance(result, InvitationUnusable) for result in results) == 1, results
            invitation.refresh_from_db()
            assert (invitation.accepted_at is None) != (invitation.revoked_at is None)
    finally:
        crew.dismiss()
