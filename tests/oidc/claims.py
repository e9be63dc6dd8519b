"""What the provider says of people."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):
    """Adds the address, and whether it is confirmed."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Return the claims beside ``sub``."""
        user = request.user
        return {
            "email": user.email,
            "email_verified": user.username != "unverified",
            "given_name": user.first_name,
            "name": user.first_name,
        }
