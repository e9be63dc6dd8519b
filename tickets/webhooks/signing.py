"""Signatures of callbacks: HMAC-SHA256, as Standard Webhooks and in headers of our own (docs/flow.md).

Each project has a random secret of its own, stored encrypted (``core.encryption``).
"""

import hashlib
import hmac
import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.encryption import Undecipherable, decrypt, encrypt
from tickets.models import SigningSecret

TIMESTAMP_HEADER = "X-Weni-Timestamp"
SIGNATURE_HEADER = "X-Weni-Signature"
#: The signature by the new secret, while ``SIGNATURE_HEADER`` has that by the one before.
NEXT_SIGNATURE_HEADER = "X-Weni-Signature-Next"
#: How long the secret before the last rotation stays valid.
OVERLAP = timedelta(days=1)
KEY_BYTES = 32


@dataclass(frozen=True)
class Secret:
    """A secret of a project's signatures."""

    key: bytes

    @property
    def text(self) -> str:
        """The key of ``X-Weni-Signature``: hexadecimal digits, which are the key as they stand."""
        return self.key.hex()

    @property
    def standard(self) -> str:
        """The secret in the notation of Standard Webhooks."""
        return "whsec_" + b64encode(self.key).decode()

    @classmethod
    def stored(cls, encrypted: str) -> "Secret":
        """Return the secret that was stored. Raises core.encryption.Undecipherable."""
        return cls(bytes.fromhex(decrypt(encrypted)))

    def encrypted(self) -> str:
        """Return the secret as it is stored."""
        return encrypt(self.text)


def new_secret() -> Secret:
    """Return a secret that nobody can guess."""
    return Secret(secrets.token_bytes(KEY_BYTES))


def secrets_of(project_id: UUID, now: datetime) -> list[Secret]:
    """Return the secrets of a project that are valid: the current one, and for a day the one before.

    A project gets its secret when it is first asked for. ``now`` is aware. Raises core.encryption.Undecipherable if
    SECRET_KEY was changed without listing the former one in SECRET_KEY_FALLBACKS.
    """
    row = SigningSecret.objects.filter(project=project_id).first()
    if row is None:
        made = SigningSecret(project_id=project_id, encrypted=new_secret().encrypted())
        # Of two that ask at once both get the one that was stored first.
        SigningSecret.objects.bulk_create([made], ignore_conflicts=True)
        row = SigningSecret.objects.get(project=project_id)
    valid = [row.encrypted]
    if row.encrypted_before and row.rotated_at and now < row.rotated_at + OVERLAP:
        valid.append(row.encrypted_before)
    return [Secret.stored(encrypted) for encrypted in valid]


def readable_secrets(project_id: UUID, now: datetime) -> list[Secret]:
    """As ``secrets_of``; empty where what is stored can't be read any more."""
    try:
        return secrets_of(project_id, now)
    except Undecipherable:
        return []


def headers_for(project_id: UUID, delivery_id: UUID, body: bytes, now: datetime) -> dict[str, str]:
    """Return the signature headers of a body that is sent ``now`` (aware)."""
    valid, timestamp = secrets_of(project_id, now), str(int(now.timestamp()))
    headers = {
        "webhook-id": str(delivery_id),
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(standard_signature(s.key, delivery_id, timestamp, body) for s in valid),
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: "sha256=" + signature(valid[-1].text, body, timestamp),
    }
    if len(valid) > 1:
        headers[NEXT_SIGNATURE_HEADER] = "sha256=" + signature(valid[0].text, body, timestamp)
    return headers


def standard_signature(key: bytes, delivery_id: UUID, timestamp: str, body: bytes) -> str:
    """Return the signature of Standard Webhooks, with its version."""
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signature(secret: str, body: bytes, timestamp: str) -> str:
    """Return the signature of our own headers in hex, computed as the receiver does."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
