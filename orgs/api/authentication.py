"""Token authentication of the APIs. (People use their session, through DRF's own class.)"""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from orgs.models import ApiToken, digest
from orgs.operations import find_token

#: Longer than any token; not looked up.
_LONGEST = 200


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>`` (or ``Token``). ``request.auth`` is the token.

    Somebody with the secret is told why it is rejected: ``token_expired``, ``token_revoked``; anything else is
    ``token_invalid``.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken] | None:
        """Return (anonymous user, token), or None if no token is sent. Raises AuthenticationFailed."""
        kind, _blank, secret = request.headers.get("Authorization", "").strip().partition(" ")
        if kind.lower() not in {"bearer", "token"}:
            return None
        secret = secret.strip()
        token = find_token(secret) if 0 < len(secret) <= _LONGEST else None
        if token is None:
            raise self._refusal(secret)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        """Make DRF respond with 401 rather than 403."""
        return 'Bearer realm="Weni Chats"'

    def _refusal(self, secret: str) -> AuthenticationFailed:
        known = ApiToken.objects.filter(token_hash=digest(secret[:_LONGEST])).first()
        if known is not None and known.revoked_at:
            return AuthenticationFailed(_("This token has been revoked."), "token_revoked")
        if known is not None and known.expires_at and known.expires_at <= timezone.now():
            return AuthenticationFailed(_("This token has expired."), "token_expired")
        return AuthenticationFailed(_("This token is not valid."), "token_invalid")
