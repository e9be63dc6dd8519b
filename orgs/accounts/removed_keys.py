"""Passkeys and security keys that were removed: a sign-in with one is told so (docs/rules.md, Signing in)."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver

from orgs.models import RemovedKey, User


@receiver(post_delete, sender=Authenticator)
def remember(instance: Authenticator, origin: Model | QuerySet[Any], **_kwargs: Any) -> None:
    """Keep the public half of a key that is removed, unless its account is."""
    of_keys = isinstance(origin, Authenticator) or getattr(origin, "model", None) is Authenticator
    if of_keys and instance.type == Authenticator.Type.WEBAUTHN:
        RemovedKey.objects.create(user_id=instance.user_id, data=instance.data)


def used_key(user: User, response: dict[str, Any]) -> RemovedKey | None:
    """Return the removed key that signed the response, or None if none did.

    Only its signature counts: that an account had a key is not told to those who only claim it.
    """
    state = auth.get_state()
    rows = {_credential(row).credential_id: row for row in RemovedKey.objects.filter(user=user)}
    if not state or not rows:
        return None
    credentials = [_credential(row) for row in rows.values()]
    try:
        found = auth.get_server().authenticate_complete(state, credentials, response)
    except ValueError:
        return None
    return rows.get(found.credential_id)


def _credential(row: RemovedKey) -> Any:
    registered = auth.parse_registration_response(row.data["credential"])
    return registered.response.attestation_object.auth_data.credential_data
