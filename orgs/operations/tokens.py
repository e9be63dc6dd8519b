"""API tokens: made, shown once, found, revoked."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.access import Actor
from orgs.errors import Invalid, rules_of_database
from orgs.models import ApiToken, Organization, Project, TokenScope, digest, new_secret

from . import audit
from .names import clean_name

#: Last use is stored at most this often, so that a busy token does not write at each call.
_LAST_USE_GRAIN = timedelta(minutes=1)


@transaction.atomic
def create_token(
    name: str,
    *,
    by: Actor,
    scopes: Collection[str],
    project: Project | None = None,
    sector_id: UUID | None = None,
    organization: Organization | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Create a token and return it with its secret, which is stored nowhere and can't be shown again.

    Its reach: the sector, else the project, else the organization, else (none given) the installation.
    ``expires_at`` is aware; None means that it does not expire.
    Raises Invalid, DomainError foreign_sector.
    """
    if not scopes or set(scopes) - set(TokenScope.values):
        raise Invalid(_("Choose what the token may do."), field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(_("The token must expire in the future."), field="expires_at")
    secret = new_secret(ApiToken.PREFIX)
    with rules_of_database():
        token = ApiToken.objects.create(
            name=clean_name(name),
            organization=project.organization if project else organization,
            project=project,
            sector_id=sector_id,
            scopes=sorted(scopes),
            token_hash=digest(secret),
            hint=secret[:8],
            created_by=by.user,
            expires_at=expires_at,
        )
    audit.record(
        by, "token.created", token, project=project, organization=organization, after={"scopes": token.scopes}
    )
    return token, secret


def find_token(secret: str) -> ApiToken | None:
    """Return the usable token of a secret, or None; notes the use (to the minute).

    A token of an archived project or organization is not usable: nobody reaches them any more.
    """
    token = (
        ApiToken.objects.usable()
        .filter(token_hash=digest(secret), project__archived_at=None, organization__archived_at=None)
        .select_related("project__organization", "organization")
        .first()
    )
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > _LAST_USE_GRAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Actor) -> ApiToken:
    """Revoke a token at once. Idempotent."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(by, "token.revoked", token, project=token.project, organization=token.organization)
    return token
