"""API tokens: created, shown once, looked up, revoked (docs/rules.md, Tokens)."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, DomainError, Invalid, NotAllowed, rules_of_database
from core.ids import uuid7
from core.validation import clean_name, max_length
from orgs import audit, hooks
from orgs.access import Actor, TokenMember, organization_member
from orgs.access.current import held
from orgs.models import ApiToken, Organization, Project, TokenScope, digest, new_secret

#: ``last_used_at`` is updated at most this often, so that a busy token does not cause a write per call.
_LAST_USE_GRAIN = timedelta(minutes=1)
#: Tokens expire before this; the pages offer no later day.
LATEST_EXPIRY = datetime(2101, 1, 2, tzinfo=UTC)


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
    pk: UUID | None = None,
) -> tuple[ApiToken, str]:
    """Create a token and return it with its secret, which is not stored and can't be shown again.

    Its reach: the sector, else the project, else the organization, else (none given) the installation, which only the
    operator's command may create. A token can't create one that may do more than itself. ``expires_at`` is aware;
    None means never. ``pk`` is the id if the caller chose it, so that a form sent twice creates one token.

    Raises NotAllowed, Invalid, Conflict token_made, DomainError foreign_sector.
    """
    if not scopes or set(scopes) - set(TokenScope.values):
        raise Invalid(_("Choose what the token may do."), field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(_("The token must expire in the future."), field="expires_at")
    if expires_at is not None and expires_at >= LATEST_EXPIRY:
        raise Invalid(_("Choose a day from today on, up to 2100."), field="expires_at")
    name = clean_name(name, limit=max_length(ApiToken, "name"))
    organization = project.organization if project else organization
    by = held(by)
    _allow(by, organization, project)
    if by.token is not None:
        _within(by.token, scopes, sector_id, expires_at)
    if pk is not None and ApiToken.objects.filter(pk=pk).exists():
        raise Conflict(
            _("This token was made already, and can't be shown again. Make another if you did not copy it."),
            code="token_made",
        )
    secret = new_secret(ApiToken.PREFIX)
    with rules_of_database():
        token = ApiToken.objects.create(
            pk=pk or uuid7(),
            name=name,
            organization=organization,
            project=project,
            sector_id=sector_id,
            scopes=sorted(set(scopes)),
            token_hash=digest(secret),
            hint=secret[:8],
            created_by=by.user,
            maker_name=by.name[: max_length(ApiToken, "maker_name")],
            expires_at=expires_at,
        )
    audit.record(by, "token.created", token, project=project, organization=organization, after=facts_of_token(token))
    return token, secret


def _allow(by: Actor, organization: Organization | None, project: Project | None) -> None:
    """Raise NotAllowed unless the actor administers what the token is to reach."""
    if by.member is not None and project is not None:
        if by.member.project != project or not by.member.may_connect_flow():
            raise NotAllowed
    elif by.token is not None:
        # A token actor without a project: its token covers the whole organization, or more.
        reach = by.token.organization_id
        if by.token.project_id or organization is None or reach not in {None, organization.pk}:
            raise NotAllowed
        if TokenScope.ADMINISTER not in by.token.scopes:
            raise NotAllowed
    elif by.user is not None and not by.is_operator:
        member = organization_member(by.user, organization.pk) if organization else None
        if member is None or not member.may_manage_tokens():
            raise NotAllowed


def _within(maker: ApiToken, scopes: Collection[str], sector_id: UUID | None, expires_at: datetime | None) -> None:
    """Refuse a token with more scopes, reach or lifetime than the token that creates it. Raises NotAllowed,
    DomainError."""
    own = set(maker.scopes)
    if TokenScope.ADMINISTER in own:
        own.add(TokenScope.READ)
    if set(scopes) - own:
        raise DomainError(
            _("A token can't make one that may do more than itself."), code="scope_beyond_own", field="scopes"
        )
    if maker.sector_id and maker.sector_id != sector_id:
        raise NotAllowed
    if maker.expires_at is not None and (expires_at is None or expires_at > maker.expires_at):
        raise DomainError(
            _("A token can't make one that lasts longer than itself."), code="expiry_beyond_own", field="expires_at"
        )


def facts_of_token(token: ApiToken) -> dict[str, object]:
    """Return a token as plain values for the audit log, without its secret or digest."""
    names = hooks.names_of_sectors([token.sector_id]) if token.sector_id else {}
    return {
        "name": token.name,
        "scopes": token.scopes,
        "sector": names.get(token.sector_id) if token.sector_id else None,
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
    }


def find_token(secret: str) -> ApiToken | None:
    """Return the usable token with this secret, or None; records its use (to the minute).

    Tokens of archived projects or organizations are not usable.
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
    """Revoke a token immediately and permanently. Idempotent. Raises NotAllowed."""
    if isinstance(by.member, TokenMember) and token.project_id is None:
        raise NotAllowed
    _allow(by, token.organization, token.project)
    token = (
        ApiToken.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project__organization", "organization")
        .get(pk=token.pk)
    )
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(
            by,
            "token.revoked",
            token,
            project=token.project,
            organization=token.organization,
            before=facts_of_token(token),
        )
    return token
