"""People of whom the provider says what no program may believe."""

import time
from collections.abc import Callable
from typing import Any

from jwcrypto import jwk

#: Who signs in, and what is wrong with the claims of their token.
FALSE_CLAIMS: dict[str, dict[str, Any]] = {
    "wrong-issuer": {"iss": "https://issuer.example.org"},
    "wrong-audience": {"aud": "another-program"},
    "two-audiences": {"aud": ["weni-chats", "another-program"]},
    "wrong-party": {"azp": "another-program"},
    "expired": {"exp": int(time.time()) - 3600},
    "not-yet": {"iat": int(time.time()) + 3600},
    "wrong-nonce": {"nonce": "of-another-sign-in"},
    "no-nonce": {"nonce": None},
    "nobody": {"sub": ""},
    "no-expiry": {"exp": None},
}
#: Who signs in, and how their token is signed: a function of the right key.
FALSE_SIGNATURES: dict[str, Callable[[Any], tuple[str, Any]]] = {
    "other-key": lambda key: ("RS256", jwk.JWK.generate(kty="RSA", size=2048, kid=key.thumbprint())),
    # The public key, which everybody has, taken for a shared secret.
    "public-secret": lambda key: ("HS256", jwk.JWK.from_password(key.export_to_pem().decode())),
    "unsigned": lambda key: ("none", None),
}
#: Who signs in, and what else is off.
ODD = ("text-false", "silent", "another", "from-userinfo")
