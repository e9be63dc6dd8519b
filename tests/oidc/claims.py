"""What the provider says of people; of some it says what no program may believe."""

import json
from typing import Any

from jwcrypto import jws
from oauth2_provider.oauth2_validators import OAuth2Validator

from .faults import FALSE_CLAIMS, FALSE_SIGNATURES


class Claims(OAuth2Validator):
    """Adds the address, and whether it is confirmed."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Return the claims beside ``sub``."""
        user = request.user
        said: Any = {"unverified": False, "text-false": "false"}.get(user.username, True)
        return {
            "email": user.email,
            "email_verified": said,
            "given_name": user.first_name,
            "name": user.first_name,
        }

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        """Return what the userinfo page says; ``another`` is told of somebody else."""
        claims: dict[str, Any] = super().get_userinfo_claims(request)
        if request.user.username == "another":
            claims["sub"] = "somebody-else"
        if request.user.username == "silent":
            claims.pop("email_verified")
        return claims

    def finalize_id_token(self, id_token: Any, token: Any, token_handler: Any, request: Any) -> str:
        """Return the token, spoilt for those who are known for it."""
        text: str = super().finalize_id_token(id_token, token, token_handler, request)
        who, key = request.user.username, request.client.jwk_key
        signed = jws.JWS()
        signed.deserialize(text, key)
        claims = json.loads(signed.payload)
        claims |= FALSE_CLAIMS.get(who, {})
        if who in ("silent", "another", "from-userinfo"):
            claims |= {"email": None, "email_verified": None}
        payload = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
        algorithm, signer = FALSE_SIGNATURES.get(who, lambda key: ("RS256", key))(key)
        header = {"alg": algorithm, "typ": "JWT", "kid": key.thumbprint()}
        if signer is None:
            parts = (json.dumps(header).encode(), payload)
            return ".".join(jws.base64url_encode(part) for part in parts) + "."
        again = jws.JWS(payload)
        again.add_signature(signer, None, json.dumps(header), None)
        return str(again.serialize(compact=True))
