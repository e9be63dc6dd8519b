"""Signatures of callbacks: HMAC-SHA256 over timestamp and body (docs/flow.md)."""

import hashlib
import hmac
from uuid import UUID

from django.utils.crypto import salted_hmac

TIMESTAMP_HEADER = "X-Weni-Timestamp"
SIGNATURE_HEADER = "X-Weni-Signature"


def secret_of(project_id: UUID) -> str:
    """Return the project's signing secret. It is derived from SECRET_KEY, so it is stored nowhere."""
    return salted_hmac("tickets.callbacks", project_id.hex, algorithm="sha256").hexdigest()


def headers_for(project_id: UUID, body: bytes, at: int) -> dict[str, str]:
    """Return the signature headers of a body; ``at`` is the time of sending as a Unix timestamp."""
    return {TIMESTAMP_HEADER: str(at), SIGNATURE_HEADER: "sha256=" + signature(secret_of(project_id), body, str(at))}


def signature(secret: str, body: bytes, timestamp: str) -> str:
    """Return the signature in hex, computed as the receiver does."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
