"""Invitations and API tokens. Only the SHA-256 of a secret is stored."""

import hashlib
import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.email_addresses import CANONICAL, CanonicalEmailField
from core.errors import register_constraint
from core.models import UUIDModel
from core.person_names import NAME_LENGTH, PersonName

from .organizations import Organization, OrganizationRole, Project, ProjectRole


def new_secret(prefix: str = "") -> str:
    """Return a new URL-safe secret of 256 random bits; the prefix lets secret scanners recognize it."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hex. Secrets are random, so no salt or stretching is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


#: Invitations that are neither accepted nor revoked.
_OPEN = Q(accepted_at__isnull=True, revoked_at__isnull=True)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Queries on invitations."""

    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; includes expired ones, which can be sent again."""
        return self.filter(_OPEN)


class Invitation(UUIDModel):
    """A single-use, expiring invitation that gives a role to the owner of an e-mail address."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    email = CanonicalEmailField(max_length=254)
    #: As it stood beside the address; the person's own name takes its place.
    first_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    last_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    organization_role = models.CharField(max_length=20, choices=OrganizationRole.choices)
    token_hash = models.CharField(max_length=64)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    #: None: the e-mail with the current link has not been sent.
    mailed_at = models.DateTimeField(null=True, blank=True)
    #: When the current link was shown to whoever invites, to be passed on; None: it is in the e-mail alone.
    link_shown_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="invitation_token_once"),
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=_OPEN,
                name="invitation_one_open_per_address",
            ),
            models.UniqueConstraint(fields=["organization", "id"], name="invitation_in_organization"),
            models.CheckConstraint(condition=Q(email__regex=CANONICAL), name="invitation_email_canonical"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=_OPEN,
                name="invitation_open_of_place",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def person_name(self) -> PersonName:
        """Return the name that stood beside the address."""
        return PersonName(self.first_name, self.last_name)


class ReplacedLink(models.Model):
    """A link of an invitation in whose place a newer one was sent: who opens it is told so."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="replaced_links")
    token_hash = models.CharField(max_length=64)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="replaced_link_token_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id} until {self.replaced_at}"


class RemovedKey(models.Model):
    """A passkey or security key that was removed: who still signs in with it is told so, once it has proved that it
    is that key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="removed_keys")
    #: What the library stored of the key: its name, and the public half.
    data = models.JSONField()
    removed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user_id} until {self.removed_at}"


class InvitedProject(UUIDModel):
    """A project that an invitation opens, and the role it gives there."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="projects")
    project = models.ForeignKey(Project, models.CASCADE, related_name="invited")
    role = models.CharField(max_length=20, choices=ProjectRole.choices)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invitation", "project"], name="invited_project_once"),
            models.CheckConstraint(condition=Q(role__in=ProjectRole.values), name="invited_project_role_known"),
            CompositeForeignKey(
                fields=["organization", "invitation"],
                to="orgs.Invitation",
                to_fields=["organization", "id"],
                name="invited_project_of_invitation",
            ),
            CompositeForeignKey(
                fields=["organization", "project"],
                to="orgs.Project",
                to_fields=["organization", "id"],
                name="invited_project_of_its_organization",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.role}"


class TokenScope(models.TextChoices):
    """What a token may do (docs/rules.md, Tokens)."""

    OPEN = "open", _("Open tickets")
    READ = "read", _("Read")
    ADMINISTER = "administer", _("Administer")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Queries on tokens."""

    def usable(self) -> "ApiTokenQuerySet":
        """Neither revoked nor expired."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()), revoked_at__isnull=True)

    def ended(self) -> "ApiTokenQuerySet":
        """Revoked or expired."""
        return self.filter(Q(expires_at__lte=timezone.now()) | Q(revoked_at__isnull=False))


class ApiToken(UUIDModel):
    """An API token for one sector, one project, one organization, or (all null) the whole installation.

    The foreign key of ``sector_id``, token_sector_of_project, is added by a migration of the sectors app, which is
    above this one.
    """

    PREFIX = "wc_"

    name = models.CharField(_("name"), max_length=80)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="tokens", null=True, blank=True)
    project = models.ForeignKey(Project, models.CASCADE, related_name="tokens", null=True, blank=True)
    sector_id = models.UUIDField(null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=TokenScope.choices))
    token_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=12)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    # The creator's e-mail address, a token's name, or "system"; kept if the account is deleted.
    maker_name = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="token_hash_once"),
            models.CheckConstraint(
                condition=Q(project__isnull=True) | Q(organization__isnull=False),
                name="token_project_has_organization",
            ),
            models.CheckConstraint(
                condition=Q(sector_id__isnull=True) | Q(project__isnull=False),
                name="token_sector_has_project",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="token_has_name"),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_has_scope"),
            models.CheckConstraint(condition=Q(scopes__contained_by=TokenScope.values), name="token_scopes_known"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="token_expires_after_made",
            ),
            models.CheckConstraint(condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"), name="token_stored_as_digest"),
            # Further rules by trigger: token_fixed and token_revoked_for_good (orgs.triggers).
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "-created_at", "-id"], name="token_of_project"),
            models.Index(fields=["organization", "-created_at", "-id"], name="token_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.is_expired


register_constraint(
    "invitation_one_open_per_address",
    "already_invited",
    _("This address has an open invitation already."),
    field="email",
)
register_constraint("invitation_email_canonical", "invalid", _("This is not an e-mail address."), field="email")
register_constraint("token_has_scope", "invalid", _("Choose what the token may do."), field="scopes")
register_constraint("token_scopes_known", "invalid", _("Choose what the token may do."), field="scopes")
register_constraint(
    "token_expires_after_made", "invalid", _("The token must expire in the future."), field="expires_at"
)
