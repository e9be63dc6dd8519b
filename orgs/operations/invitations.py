"""Inviting people by e-mail address, and accepting."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.access import Actor
from orgs.errors import DomainError, Invalid, rules_of_database
from orgs.models import (
    Invitation,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    User,
    digest,
    new_secret,
)

from . import audit, members

LIFETIME = timedelta(days=7)


class InvitationUnusable(DomainError):
    """Unknown, used, revoked or expired: which one is not told to a stranger."""

    code = "invitation_unusable"
    status = 410
    sentence = _("This invitation can no longer be used. Ask whoever invited you for a new one.")


def clean_email(email: object) -> str:
    """Return the address in lower case without blanks. Raises Invalid where it is none."""
    if not isinstance(email, str) or len(email) > 254:
        raise Invalid(_("Enter an e-mail address."), field="email")
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(_("Enter an e-mail address."), field="email") from error
    return address


@transaction.atomic
def add_by_email(
    organization: Organization,
    email: str,
    organization_role: str,
    *,
    by: Actor,
    project: Project | None = None,
    project_role: str = "",
) -> tuple[OrganizationMembership | None, Invitation | None, str]:
    """Add the holder of an address to the organization, and to a project if one is given.

    Someone with an account is a member at once; anyone else gets an invitation. Returns
    (membership, None, "") or (None, invitation, secret); the secret is for the e-mail only.
    Raises Invalid, DomainError already_member or already_invited.
    """
    address = clean_email(email)
    members.checked_role(organization_role, OrganizationRole)
    if project is not None:
        members.checked_role(project_role, ProjectRole)
    user = User.objects.filter(email__iexact=address, is_active=True).first()
    if user is not None:
        membership = members.add_to_organization(organization, user, organization_role, by=by)
        if project is not None:
            members.add_to_project(project, user, project_role, by=by)
        return membership, None, ""
    secret = new_secret()
    with rules_of_database():
        invitation = Invitation.objects.create(
            organization=organization,
            email=address,
            organization_role=organization_role,
            project=project,
            project_role=project_role if project else "",
            token_hash=digest(secret),
            invited_by=by.user,
            expires_at=timezone.now() + LIFETIME,
        )
    audit.record(
        by,
        "invitation.sent",
        invitation,
        organization=organization,
        project=project,
        after={"email": address, "role": organization_role, "project_role": project_role},
    )
    return None, invitation, secret


@transaction.atomic
def renew(invitation: Invitation, *, by: Actor) -> str:
    """Make a new secret and seven new days for an open invitation; the old link is dead. Returns the secret.

    Raises InvitationUnusable where it was accepted or revoked meanwhile.
    """
    invitation = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=invitation.pk)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationUnusable
    secret = new_secret()
    invitation.token_hash = digest(secret)
    invitation.expires_at = timezone.now() + LIFETIME
    invitation.save(update_fields=["token_hash", "expires_at"])
    audit.record(
        by, "invitation.renewed", invitation, organization=invitation.organization, project=invitation.project
    )
    return secret


@transaction.atomic
def revoke(invitation: Invitation, *, by: Actor) -> None:
    """Revoke an open invitation. Idempotent; an accepted one raises InvitationUnusable."""
    invitation = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationUnusable
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        audit.record(
            by, "invitation.revoked", invitation, organization=invitation.organization, project=invitation.project
        )


def usable_invitation(secret: str) -> Invitation:
    """Return the open, unexpired invitation of a secret. Raises InvitationUnusable."""
    invitation = (
        Invitation.objects.open()
        .filter(token_hash=digest(secret), expires_at__gt=timezone.now())
        .select_related("organization", "project")
        .first()
    )
    if invitation is None:
        raise InvitationUnusable
    return invitation


@transaction.atomic
def accept(secret: str, user: User, *, by: Actor | None = None) -> Invitation:
    """Accept an invitation as the signed-in holder of its address: single use, role from now on. ``by`` says from
    where (else nobody knows).

    Raises InvitationUnusable, also where the account has another address than the one invited.
    """
    invitation = usable_invitation(secret)
    invitation = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=invitation.pk)
    if invitation.accepted_at or invitation.revoked_at or invitation.is_expired:
        raise InvitationUnusable
    if user.email.lower() != invitation.email.lower():
        raise InvitationUnusable(
            _("This invitation is for another address. Sign in with the address it was sent to."),
            code="invitation_of_another_address",
        )
    actor = by or Actor(user=user)
    organization = invitation.organization
    if not OrganizationMembership.objects.filter(organization=organization, user=user).exists():
        members.add_to_organization(organization, user, invitation.organization_role, by=actor)
    project = invitation.project
    if project is not None and not ProjectMembership.objects.filter(project=project, user=user).exists():
        members.add_to_project(project, user, invitation.project_role, by=actor)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(actor, "invitation.accepted", invitation, organization=organization, project=project)
    return invitation
