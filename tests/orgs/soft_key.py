"""A passkey made of software: what a browser would send for one."""

import json
import secrets
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from orgs.models import User

#: Passkeys need https, or this host.
HOST = "localhost"
_PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class SoftKey:
    """A passkey of an account."""

    def __init__(self, user: User, name: str = "Laptop") -> None:
        self.user = user
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        attested = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        flags = _PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(sha256(HOST.encode()), flags, 0, bytes(attested))
        attestation = AttestationObject.create("none", data, {})
        self.row = Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={
                "name": name,
                "credential": {
                    "id": websafe_encode(self.id),
                    "rawId": websafe_encode(self.id),
                    "type": "public-key",
                    "response": {
                        "clientDataJSON": websafe_encode(self._said("webauthn.create", "")),
                        "attestationObject": websafe_encode(bytes(attestation)),
                    },
                    "clientExtensionResults": {"credProps": {"rk": True}},
                },
            },
        )

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": f"http://{HOST}"}).encode()

    def answer(self, challenge: str, *, signs: bool = True) -> str:
        """Return what the browser sends; without ``signs``, as somebody who only knows that there is such a key."""
        said = self._said("webauthn.get", challenge)
        data = bytes(AuthenticatorData.create(sha256(HOST.encode()), _PRESENT_AND_VERIFIED, 0))
        key = self.key if signs else ec.generate_private_key(ec.SECP256R1())
        signature = key.sign(data + sha256(said), ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": {
                    "clientDataJSON": websafe_encode(said),
                    "authenticatorData": websafe_encode(data),
                    "signature": websafe_encode(signature),
                    "userHandle": websafe_encode(user_pk_to_url_str(self.user).encode()),
                },
                "clientExtensionResults": {},
            }
        )

    def signs_in(self, client: Client, *, signs: bool = True) -> Any:
        """Sign in with it alone; returns the page that follows."""
        asked = client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"})
        challenge = asked.json()["request_options"]["publicKey"]["challenge"]
        data = {"credential": self.answer(challenge, signs=signs)}
        return client.post(reverse("mfa_login_webauthn"), data, follow=True)


def at_a_host_of_passkeys(**headers: str) -> Client:
    """Return a browser at a host that may have passkeys."""
    return Client(SERVER_NAME=HOST, headers=headers)
