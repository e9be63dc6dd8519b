"""Requests that are sent again under the same key (docs/flow.md, Type generic)."""

from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from orgs.models import ApiToken
from tickets import errors
from tickets.models import KEPT_FOR, IdempotentAnswer

#: Answers deleted at once, and how often in one run.
_AT_ONCE, _TIMES = 5_000, 10


def answered_before(token: ApiToken, key: str, fingerprint: str) -> IdempotentAnswer | None:
    """Return the kept answer to a key of the token, None if there is none, and let nobody else ask meanwhile.

    Another request with the same key waits until this transaction ends. Raises KeyReused if the key stands for
    another request.
    """
    digest = blake2b(key.encode(), key=token.pk.bytes, digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, signed=True)])
    found = IdempotentAnswer.objects.filter(token=token, key=key).first()
    if found is not None and found.fingerprint != fingerprint:
        raise errors.KeyReused
    return found


def keep_answer(token: ApiToken, key: str, fingerprint: str, status: int, answer: Any) -> None:
    """Keep the answer to a key. The caller is in the transaction in which ``answered_before`` found none."""
    IdempotentAnswer.objects.create(token=token, key=key, fingerprint=fingerprint, status=status, answer=answer)


def forget_answers(*, now: datetime | None = None) -> int:
    """Delete answers older than they are kept, as many as one run may; return how many. ``now`` is aware."""
    before = (now or timezone.now()) - KEPT_FOR
    count = 0
    for _time in range(_TIMES):
        with transaction.atomic():
            rows = IdempotentAnswer.objects.filter(created_at__lt=before).order_by("created_at")
            old = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_AT_ONCE])
            IdempotentAnswer.objects.filter(pk__in=old).delete()
        count += len(old)
        if len(old) < _AT_ONCE:
            break
    return count
