"""The letters of invitations: which have left, and the link of one that has not."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orgs.models import Invitation, digest, new_secret


@transaction.atomic
def new_link(pk: UUID) -> tuple[Invitation, str] | None:
    """Give an open invitation whose letter has not left a new secret: the first was not kept, only its digest.

    Its time does not begin again. Returns (invitation, secret); None where there is nothing to send any more.
    """
    invitation = (
        Invitation.objects.open()
        .filter(pk=pk, mailed_at=None, expires_at__gt=timezone.now())
        .select_related("organization", "project")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if invitation is None:
        return None
    secret = new_secret()
    invitation.token_hash = digest(secret)
    invitation.save(update_fields=["token_hash"])
    return invitation, secret


def note_letters(left: Collection[UUID], kept: Collection[UUID]) -> None:
    """Note which invitations' letters have left, and which have not."""
    Invitation.objects.filter(pk__in=left).update(mailed_at=timezone.now())
    Invitation.objects.filter(pk__in=kept).update(mailed_at=None)
