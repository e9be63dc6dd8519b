"""Inviting people by e-mail address, and accepting invitations."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.email_addresses import address_error, canonical, without_wrapping
from core.errors import DomainError, Invalid, rules_of_database
from core.person_names import PersonName
from orgs import audit
from orgs.access import Actor
from orgs.access.locks import lock_people
from orgs.models import (
    Invitation,
    InvitedProject,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    ReplacedLink,
    User,
    digest,
    new_secret,
)

from . import members
from .profile import update_profile

LIFETIME = timedelta(days=7)


class InvitationUnusable(DomainError):
    """Unknown, used, revoked, replaced or expired. Who opens a link that was sent is told which; others hear only
    that it is none."""

    code = "invitation_unusable"
    status = 410
    sentence = _("This invitation can no longer be used. Ask the person who invited you for a new one.")


def clean_email(email: object) -> str:
    """Return the address in canonical form. Raises Invalid if it is not an address."""
    if not isinstance(email, str):
        raise Invalid(_("Enter an e-mail address."), field="email")
    address = canonical(without_wrapping(email[:1000]))
    if why := address_error(address):
        raise Invalid(why, field="email")
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
    name: PersonName = PersonName(),  # noqa: B008 - immutable
) -> tuple[OrganizationMembership | None, Invitation | None, str]:
    """Add the owner of an e-mail address to the organization, and optionally to one of its projects.

    Somebody with an account becomes a member at once. Others get an invitation, and so does an account whose address
    is unconfirmed: only the e-mail proves who owns it. Who is invited already gets the project added to the open
    invitation. ``name`` becomes theirs if they give none. Returns (membership, None, "") or (None, invitation,
    secret); the secret is for the e-mail only, and empty if the link that they have opens the project too.

    Raises Invalid, DomainError already_member, already_invited or account_switched_off.
    """
    address = clean_email(email)
    members.checked_role(organization_role, OrganizationRole)
    if project is not None:
        members.checked_role(project_role, ProjectRole)
    user = User.objects.filter(email=address).first()
    if user is not None and not user.is_active:
        # Nobody could accept: the owner of the address can't sign in.
        raise DomainError(
            _("This account is switched off. Ask those who run Weni Chats for you to switch it on."),
            code="account_switched_off",
            field="email",
        )
    if user is not None and _is_holder(user):
        membership = members.add_to_organization(organization, user, organization_role, by=by)
        if project is not None:
            members.add_to_project(project, user, project_role, by=by)
        return membership, None, ""
    waiting = _open_for(organization, address) if project is not None else None
    if waiting is not None and project is not None:
        return None, waiting, _extend(waiting, project, project_role, by=by)
    secret = new_secret()
    with rules_of_database():
        invitation = Invitation.objects.create(
            organization=organization,
            email=address,
            first_name=name.first,
            last_name=name.last,
            organization_role=organization_role,
            token_hash=digest(secret),
            invited_by=by.user,
            expires_at=timezone.now() + LIFETIME,
        )
        if project is not None:
            _open_project(invitation, project, project_role)
    audit.record(
        by,
        "invitation.sent",
        invitation,
        organization=organization,
        project=project,
        after={"email": address, "role": organization_role, "project_role": project_role if project else ""},
    )
    return None, invitation, secret


def _open_for(organization: Organization, address: str) -> Invitation | None:
    """Return the open invitation of an address, locked: it can't be accepted while it is extended."""
    rows = Invitation.objects.open().filter(organization=organization, email=address)
    return rows.select_for_update(of=("self",), no_key=True).first()


def _open_project(invitation: Invitation, project: Project, role: str) -> None:
    InvitedProject.objects.create(
        organization_id=invitation.organization_id, invitation=invitation, project=project, role=role
    )


def _extend(invitation: Invitation, project: Project, role: str, *, by: Actor) -> str:
    """Let an open invitation open a project too, or with another role; an expired one gets a new link.

    Returns the secret of the new link, else "". Raises DomainError already_invited if it would change nothing.
    """
    known = invitation.projects.filter(project=project).first()
    if known is not None and known.role == role and not invitation.is_expired:
        raise DomainError(_("This address has an open invitation already."), code="already_invited", field="email")
    before = {"role": known.role} if known else {}
    if known is None:
        with rules_of_database():
            _open_project(invitation, project, role)
    elif known.role != role:
        known.role = role
        known.save(update_fields=["role"])
    if known is None or before["role"] != role:
        audit.record(by, "invitation.extended", invitation, project=project, before=before, after={"role": role})
    return renew(invitation, by=by) if invitation.is_expired else ""


def _is_holder(user: User) -> bool:
    """Whether the account owns its address as far as we know: no confirmation is pending."""
    return not EmailAddress.objects.filter(user=user, email=user.email, verified=False).exists()


@transaction.atomic
def add_to_project_by_email(
    project: Project,
    email: str,
    role: str,
    *,
    by: Actor,
    may_invite: bool,
    name: PersonName = PersonName(),  # noqa: B008 - immutable
) -> tuple[ProjectMembership | None, Invitation | None, str]:
    """Add the owner of an e-mail address to a project; somebody outside its organization joins that as Viewer.

    The latter requires the right to change the organization's members (``may_invite``): people with an account join
    both at once, others by an invitation. Returns as ``add_by_email``.

    Raises Invalid, DomainError not_in_organization, already_member, already_invited or account_switched_off.
    """
    address = clean_email(email)
    members.checked_role(role, ProjectRole)
    organization = project.organization
    present = (
        OrganizationMembership.objects.filter(organization=organization, user__email=address)
        .select_related("user")
        .first()
    )
    if present is not None:
        return members.add_to_project(project, present.user, role, by=by), None, ""
    if not may_invite:
        raise DomainError(
            _("This person is not in the organization. Ask one of its Administrators to add them first."),
            code="not_in_organization",
            field="email",
        )
    added, invitation, secret = add_by_email(
        organization, address, OrganizationRole.VIEWER, by=by, project=project, project_role=role, name=name
    )
    membership = ProjectMembership.objects.get(project=project, user=added.user) if added else None
    return membership, invitation, secret


@transaction.atomic
def renew(invitation: Invitation, *, by: Actor) -> str:
    """Give an open invitation a new secret and seven more days; the old link stops working. Returns the secret.

    Raises InvitationUnusable if it has been accepted or revoked.
    """
    invitation = _lock_open(invitation)
    secret = _give_link(invitation)
    audit.record(by, "invitation.renewed", invitation, organization=invitation.organization)
    return secret


@transaction.atomic
def show_link(invitation: Invitation, *, by: Actor) -> str:
    """Give an open invitation a new secret and seven more days, for a link that whoever invites passes on by
    themselves; the link in the e-mail stops working. Returns the secret.

    Only digests are stored, so the link that was mailed can't be shown. Raises InvitationUnusable if it has been
    accepted or revoked.
    """
    invitation = _lock_open(invitation)
    secret = _give_link(invitation, shown=True)
    audit.record(by, "invitation.link_shown", invitation, organization=invitation.organization)
    return secret


def _lock_open(invitation: Invitation) -> Invitation:
    """Return an open invitation, locked. Raises InvitationUnusable if it has been accepted or revoked."""
    found = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=invitation.pk)
    if found.accepted_at or found.revoked_at:
        raise InvitationUnusable
    return found


def _replace_link(invitation: Invitation) -> str:
    """Give the invitation a new secret, unsaved, and remember the digest of the one before. Returns the secret."""
    ReplacedLink.objects.create(invitation=invitation, token_hash=invitation.token_hash)
    secret = new_secret()
    invitation.token_hash = digest(secret)
    return secret


def _give_link(invitation: Invitation, *, shown: bool = False) -> str:
    secret, now = _replace_link(invitation), timezone.now()
    invitation.expires_at = now + LIFETIME
    # No e-mail holds this link. Sending records it, and a job that still waits leaves a link that was shown alone.
    invitation.mailed_at, invitation.link_shown_at = None, now if shown else None
    invitation.save(update_fields=["token_hash", "expires_at", "mailed_at", "link_shown_at"])
    return secret


@transaction.atomic
def revoke(invitation: Invitation, *, by: Actor) -> None:
    """Revoke an open invitation. Idempotent. Raises InvitationUnusable if it has been accepted."""
    invitation = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationUnusable
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        audit.record(by, "invitation.revoked", invitation, organization=invitation.organization)


def usable_invitation(secret: str) -> Invitation:
    """Return the open, unexpired invitation with this secret. Raises InvitationUnusable, which says why."""
    invitation = _usable().filter(token_hash=digest(secret)).select_related("organization").first()
    if invitation is None:
        raise _unusable(secret)
    return invitation


def _unusable(secret: str) -> InvitationUnusable:
    """Return the error for a link that opens nothing, with the reason.

    The secret proves that its holder was sent the link, so what became of it is no news to a stranger.
    """
    hashed = digest(secret)
    rows = Invitation.objects.select_related("organization")
    replaced = ReplacedLink.objects.filter(token_hash=hashed).values_list("invitation", "replaced_at").first()
    found = rows.filter(pk=replaced[0]).first() if replaced else rows.filter(token_hash=hashed).first()
    if found is None:
        return InvitationUnusable(
            _("This is no link of an invitation, or a part of it is missing. Copy the whole link from the e-mail.")
        )
    if found.accepted_at:
        sentence = _("This invitation was accepted on %(day)s. Sign in with the address it was sent to.")
        return InvitationUnusable(sentence % {"day": _day(found.accepted_at)})
    if found.revoked_at:
        sentence = _("This invitation was revoked on %(day)s. Ask the person who invited you for a new one.")
        return InvitationUnusable(sentence % {"day": _day(found.revoked_at)})
    if found.organization.archived_at:
        return InvitationUnusable(_("The organization that invited you is archived. Ask the person who invited you."))
    if replaced and not found.is_expired:
        sentence = _(
            "A newer link was sent in the place of this one on %(day)s. Open the one in the latest e-mail, or ask "
            "the person who invited you for it."
        )
        return InvitationUnusable(sentence % {"day": _day(replaced[1])})
    sentence = _("This invitation expired on %(day)s. Ask the person who invited you to send it again.")
    return InvitationUnusable(sentence % {"day": _day(found.expires_at)})


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


@transaction.atomic
def accept(secret: str, user: User, *, by: Actor | None = None) -> Invitation:
    """Accept an invitation as the signed-in owner of its address: works once, and the role applies at once.

    ``by`` is the actor for the audit log (default: the user, without an IP address). Raises InvitationUnusable, also
    if the account's address is not the invited one.
    """
    # Check again under the locks: the link or the account's address may have changed while we waited.
    lock_people([user.pk])
    user.refresh_from_db(fields=["email"])
    found = _usable().filter(token_hash=digest(secret)).select_for_update(of=("self",), no_key=True)
    invitation = found.select_related("organization").first()
    if invitation is None:
        raise _unusable(secret)
    if user.email != invitation.email:
        raise InvitationUnusable(
            _("This invitation is for another address. Sign in with the address it was sent to."),
            code="invitation_of_another_address",
        )
    return _join(invitation, user, by or Actor(user=user))


@transaction.atomic
def accept_all(user: User, *, by: Actor | None = None) -> list[Invitation]:
    """Accept every usable invitation for an address that an identity provider has confirmed; returns them, oldest
    first.

    The e-mail would prove no more.
    """
    rows = _usable().filter(email=user.email)
    locked = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    return [_join(invitation, user, by or Actor(user=user)) for invitation in locked]


def is_invited(email: str) -> bool:
    """Whether there is a usable invitation for an address."""
    return _usable().filter(email=email).exists()


def _usable() -> QuerySet[Invitation]:
    """Open, unexpired, and of a live organization: an archived one is reachable for its Administrators only."""
    return Invitation.objects.open().filter(expires_at__gt=timezone.now(), organization__archived_at=None)


def _join(invitation: Invitation, user: User, actor: Actor) -> Invitation:
    organization = invitation.organization
    if not OrganizationMembership.objects.filter(organization=organization, user=user).exists():
        members.add_to_organization(organization, user, invitation.organization_role, by=actor)
    for opened in invitation.projects.select_related("project__organization"):
        if not ProjectMembership.objects.filter(project=opened.project, user=user).exists():
            members.add_to_project(opened.project, user, opened.role, by=actor)
    if any(invitation.person_name) and not (user.first_name or user.last_name):
        update_profile(user, first_name=invitation.first_name, last_name=invitation.last_name)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(actor, "invitation.accepted", invitation, organization=organization)
    return invitation


@transaction.atomic
def renew_link(pk: UUID) -> tuple[Invitation, str] | None:
    """Give an open invitation whose e-mail has not been sent a new secret, since only a digest of the first was
    stored.

    Its expiry is unchanged. Returns (invitation, secret), or None if there is nothing left to send.
    """
    invitation = (
        Invitation.objects.open()
        .filter(pk=pk, mailed_at=None, link_shown_at=None, expires_at__gt=timezone.now())
        .select_related("organization")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if invitation is None:
        return None
    secret = _replace_link(invitation)
    invitation.save(update_fields=["token_hash"])
    return invitation, secret


def record_mailed(left: Collection[UUID], kept: Collection[UUID]) -> None:
    """Record which invitation e-mails have been sent, and which have not."""
    Invitation.objects.filter(pk__in=left).update(mailed_at=timezone.now())
    Invitation.objects.filter(pk__in=kept).update(mailed_at=None)
