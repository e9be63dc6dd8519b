"""Requiring two-factor sign-in of an organization's members."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from orgs import audit
from orgs.access import Actor
from orgs.access.two_factor import second_factors
from orgs.models import Organization, OrganizationMembership
from orgs.signals import rights_changed


@transaction.atomic
def require_two_factors(organization: Organization, required: bool, *, by: Actor) -> Organization:
    """Require two-factor sign-in of the organization's members, or stop requiring it (docs/rules.md, Two factors).

    Members with one factor lose access to the organization and its projects at once, live streams included, until
    they add a second. Idempotent. Raises DomainError second_factor_first if the person who turns it on has only one
    factor.
    """
    own = by.user is not None and not by.is_operator
    if required and own and not second_factors().filter(user=by.user).exists():
        raise DomainError(
            _("Set up your own second step first, on your Security page; else this would shut you out."),
            code="second_factor_first",
        )
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    before, after = audit.changes(organization, {"requires_two_factors": bool(required)})
    if after:
        organization.save(update_fields=["requires_two_factors"])
        audit.record(
            by,
            "organization.two_factors_required" if required else "organization.two_factors_left_to_members",
            organization,
            organization=organization,
            before=before,
            after=after,
        )
        members = OrganizationMembership.objects.filter(organization=organization)
        without = members.exclude(user__in=second_factors().values("user"))
        rights_changed.send(sender=Organization, user_ids=set(without.values_list("user", flat=True)))
    return organization
