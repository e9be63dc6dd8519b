"""OpenID Connect: verify what an identity provider claims (docs/rules.md, Signing in).

django-allauth drives the flow. This adds what it leaves open: the ID token must be signed by the configured provider,
for this client and this sign-in; an identity belongs to one provider; and an address is confirmed only if the
provider states so.
"""

import hashlib
from typing import Any

import jwt
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
    OpenIDConnectProviderAccount,
)
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string
from requests import RequestException

from core.addresses import absolute
from core.email_addresses import canonical

#: The provider's id in URLs and in the table of connected identities.
PROVIDER = "oidc"
#: Accepted signature algorithms by key type: asymmetric only, never HMAC or "none".
ALGORITHMS = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "EC": {"ES256", "ES384", "ES512"},
    "OKP": {"EdDSA"},
}
#: Tolerated clock skew, in seconds.
LEEWAY = 60
#: Endpoints that the discovery document must contain.
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


def verified_claims(token: Any, *, keys: Any, issuer: str, client: str, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token after checking its signature, issuer, audience, nonce and expiry.

    ``keys`` is the issuer's JSON Web Key Set. Raises OAuth2Error.
    """
    try:
        header = jwt.get_unverified_header(token)
        algorithm, name = str(header.get("alg")), header.get("kid")
        for key in jwt.PyJWKSet.from_dict(keys).keys:
            if algorithm not in ALGORITHMS.get(key.key_type or "", ()) or (name and key.key_id != name):
                continue
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key.key,
                    algorithms=[algorithm],
                    issuer=issuer,
                    audience=client,
                    leeway=LEEWAY,
                    options={"require": ["iss", "sub", "aud", "exp", "iat"]},
                )
            except jwt.InvalidSignatureError:
                continue
            _check_addressee(claims, client, nonce)
            return claims
    except (jwt.PyJWTError, AttributeError, TypeError, ValueError) as error:
        raise OAuth2Error(f"The ID token is not valid: {type(error).__name__}") from error
    raise OAuth2Error("The ID token is not signed by a key of the provider")


def _check_addressee(claims: dict[str, Any], client: str, nonce: str) -> None:
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", client) != client or (len(audience) > 1 and "azp" not in claims):
        raise OAuth2Error("The ID token was issued for another client")
    if not nonce or not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise OAuth2Error("The ID token belongs to another sign-in")
    if not claims["sub"]:
        raise OAuth2Error("The ID token has no subject")


class _Client(OAuth2Client):
    """OAuth 2 client that also supports authorization URLs with a query string."""

    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: Any) -> str:
        url: str = super().get_redirect_url(authorization_url, scope, extra_params)
        before, _, after = url.rpartition("?")
        return f"{before}&{after}" if "?" in before else url


class Endpoints(OpenIDConnectOAuth2Adapter):
    """The provider's endpoints. Raises OAuth2Error if the provider is unreachable or its response is malformed."""

    client_class = _Client
    #: The nonce of the current sign-in.
    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return the discovery document; its issuer must be the configured one."""
        try:
            config = super().openid_config
        except (RequestException, TypeError, ValueError, AttributeError) as error:
            raise OAuth2Error(f"The discovery document can't be read: {type(error).__name__}") from error
        if not isinstance(config, dict) or not all(isinstance(config.get(name), str) for name in ENDPOINTS):
            raise OAuth2Error("The discovery document lacks endpoints")
        if config["issuer"].rstrip("/") != self.get_provider().app.settings["server_url"].rstrip("/"):
            raise OAuth2Error("The discovery document names another issuer")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return the redirect URI, as it is registered with the provider: at the installation's address."""
        return absolute(reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id}))

    def parse_token(self, data: Any) -> SocialToken:
        """Return the access token only; nothing else is stored."""
        return SocialToken(token=str(data.get("access_token", "")))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return the verified login. Raises OAuth2Error."""
        claims = verified_claims(
            kwargs["response"].get("id_token"),
            keys=self._get_json(self.openid_config["jwks_uri"]),
            issuer=self.openid_config["issuer"],
            client=app.client_id,
            nonce=self.nonce,
        )
        if "email_verified" not in claims and self.openid_config.get("userinfo_endpoint"):
            userinfo = self._get_json(self.openid_config["userinfo_endpoint"], token.token)
            # Otherwise the response could be about somebody else.
            if userinfo.get("sub") != claims["sub"]:
                raise OAuth2Error("The userinfo response is about somebody else")
            confirmed = {name: userinfo.get(name) for name in ("email", "email_verified")}
            claims = {**userinfo, **claims, **confirmed}
        return self.get_provider().sociallogin_from_response(request, claims)

    def _get_json(self, url: str, token: str = "") -> dict[str, Any]:
        # The adapter's session has a timeout.
        from allauth.socialaccount.adapter import get_adapter

        with get_adapter().get_requests_session() as session:
            response = session.get(url, headers={"Authorization": f"Bearer {token}"} if token else {})
            response.raise_for_status()
            found = response.json()
        if not isinstance(found, dict):
            raise OAuth2Error("The provider's response is not a JSON object")
        return found


class Callback(OAuth2CallbackView):
    """The redirect URI."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, HttpResponse | None]:
        state, answer = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce") or ""
        return state, answer


class _Account(OpenIDConnectProviderAccount):
    """A connected identity, shown by its address."""

    def get_user_data(self) -> dict[str, Any]:
        return {"email": (self.account.extra_data or {}).get("email")}


class Provider(OpenIDConnectProvider):
    """The operator's identity provider."""

    # Where allauth finds the provider's URLs.
    package = "allauth.socialaccount.providers.openid_connect"
    account_class = _Account
    oauth2_adapter_class = Endpoints
    pkce_enabled_default = True
    supports_token_authentication = False

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Return the configured scopes, ignoring the query string."""
        return list(self.get_scope())

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Ignore the query string: a link must not choose what the provider is asked."""
        return {}

    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> Any:
        """Redirect to the provider with a nonce that the ID token must contain."""
        nonce = get_random_string(32)
        kwargs["auth_params"] = {"nonce": nonce}
        return super().redirect(request, "login", next_url, data, nonce=nonce, **kwargs)

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return an id derived from issuer and ``sub``: the same ``sub`` from another provider is a different
        person."""
        return hashlib.sha256(f"{data['iss']}\0{data['sub']}".encode()).hexdigest()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the claims that are stored."""
        return {"iss": data["iss"], "sub": str(data["sub"]), "email": _text(data.get("email"))}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        names = {field: _text(data.get(claim)) for field, claim in _NAMES.items()}
        return {"email": _text(data.get("email")), **names}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Return the address; verified only if the provider explicitly says so."""
        address = canonical(_text(data.get("email")))
        # Some providers send "true" as a string; any other string, including "false", confirms nothing.
        confirmed = data.get("email_verified") in (True, "true")
        return [EmailAddress(email=address, verified=confirmed, primary=True)] if address else []


_NAMES = {"first_name": "given_name", "last_name": "family_name", "name": "name"}


def _text(value: object) -> str:
    return value.replace("\0", "") if isinstance(value, str) else ""
