"""Links for a new password: each carries proof of what the account was like, so that a void one can say why.

The proof is signed. Somebody with a link that was never sent learns nothing about the account it names.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int

from orgs.models import User

#: Characters of each part of the proof.
_PART, _SIGNATURE = 10, 24
#: Older links than these were never sent.
_BELIEVED = timedelta(days=366)
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)


class Void(StrEnum):
    """Why a link for a new password doesn't work."""

    UNKNOWN = "unknown"
    USED = "used"
    SIGNED_IN = "signed_in"
    ADDRESS_CHANGED = "address_changed"
    EXPIRED = "expired"


class ResetTokens(EmailAwarePasswordResetTokenGenerator):
    """The library's tokens, each followed by its proof: what password, sign-in and address were when it was made."""

    def make_token(self, user: User) -> str:
        token = super().make_token(user)
        state = "".join(_state(user, secret=settings.SECRET_KEY))
        return f"{token}-{state}{_signature(user, token, state, settings.SECRET_KEY)}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        return bool(super().check_token(user, _token_and_proof(token or "")[0]))


def why_void(user: User | None, token: str) -> tuple[Void, datetime | None]:
    """Return why a link doesn't work, and when it was sent, if that is known."""
    bare, proof = _token_and_proof(token)
    made_at = _made_at(bare)
    state, signature = proof[: 3 * _PART], proof[3 * _PART :]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if user and signature and constant_time_compare(signature, _signature(user, bare, state, secret)):
            was = [state[n : n + _PART] for n in range(0, len(state), _PART)]
            reasons = (Void.USED, Void.SIGNED_IN, Void.ADDRESS_CHANGED)
            for reason, before, after in zip(reasons, was, _state(user, secret=secret), strict=True):
                if before != after:
                    return reason, made_at
    # What the link itself says tells nothing about an account; much too old is what somebody made up.
    lifetime, now = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT), datetime.now(UTC)
    if made_at and now - _BELIEVED < made_at < now - lifetime:
        return Void.EXPIRED, made_at
    return Void.UNKNOWN, None


def _token_and_proof(text: str) -> tuple[str, str]:
    """Split a token; those of earlier versions have no proof."""
    bare, _dash, proof = text.rpartition("-")
    return (bare, proof) if "-" in bare else (text, "")


def _made_at(bare: str) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=base36_to_int(bare.partition("-")[0]))
    except (ValueError, OverflowError):
        return None


def _state(user: User, *, secret: str) -> list[str]:
    """Return digests of what voids a token when it changes: the password, the last sign-in, the address."""
    values = (user.password, f"{user.last_login:%s}" if user.last_login else "", user.email)
    return [
        salted_hmac(f"orgs.reset.{n}", f"{user.pk}:{value}", secret=secret).hexdigest()[:_PART]
        for n, value in enumerate(values)
    ]


def _signature(user: User, bare: str, state: str, secret: str) -> str:
    return salted_hmac("orgs.reset", f"{user.pk}:{bare}:{state}", secret=secret).hexdigest()[:_SIGNATURE]
