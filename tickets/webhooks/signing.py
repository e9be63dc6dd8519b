"""Signatures of callbacks: HMAC-SHA256, as Standard Webhooks and in headers of our own (docs/flow.md).

Keys are derived from SECRET_KEY, the project and how often its secret was rotated, so they are stored nowhere.
"""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import salted_hmac

from tickets.models import SigningSecret

TIMESTAMP_HEADER = "X-Weni-Timestamp"
SIGNATURE_HEADER = "X-Weni-Signature"
#: The signature by the new secret, while ``SIGNATURE_HEADER`` has that by the one before.
NEXT_SIGNATURE_HEADER = "X-Weni-Signature-Next"
#: How long the secret before the last rotation stays valid.
OVERLAP = timedelta(days=1)


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


def _secret(project_id: UUID, generation: int) -> Secret:
    # Those never rotated keep the secret of earlier releases.
    value = f"{project_id.hex}:{generation}" if generation else project_id.hex
    return Secret(salted_hmac("tickets.callbacks", value, algorithm="sha256").digest())


def secrets_of(project_id: UUID, now: datetime) -> list[Secret]:
    """Return the secrets of a project that are valid: the current one, and for a day the one before. ``now`` is
    aware."""
    row = SigningSecret.objects.filter(project=project_id).first()
    if row is None:
        return [_secret(project_id, 0)]
    generations = [row.generation]
    if now < row.rotated_at + OVERLAP:
        generations.append(row.generation - 1)
    return [_secret(project_id, generation) for generation in generations]


def headers_for(project_id: UUID, delivery_id: UUID, body: bytes, now: datetime) -> dict[str, str]:
    """Return the signature headers of a body that is sent ``now`` (aware)."""
    secrets, timestamp = secrets_of(project_id, now), str(int(now.timestamp()))
    headers = {
        "webhook-id": str(delivery_id),
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(standard_signature(s.key, delivery_id, timestamp, body) for s in secrets),
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: "sha256=" + signature(secrets[-1].text, body, timestamp),
    }
    if len(secrets) > 1:
        headers[NEXT_SIGNATURE_HEADER] = "sha256=" + signature(secrets[0].text, body, timestamp)
    return headers


def standard_signature(key: bytes, delivery_id: UUID, timestamp: str, body: bytes) -> str:
    """Return the signature of Standard Webhooks, with its version."""
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def signature(secret: str, body: bytes, timestamp: str) -> str:
    """Return the signature of our own headers in hex, computed as the receiver does."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
