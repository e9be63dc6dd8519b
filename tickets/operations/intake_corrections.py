"""Counting what had to be corrected in requests of the flow."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tickets.models import IntakeCorrection

#: Rows summed at once.
MAX_ROWS = 10_000


def count_corrections(corrections: Mapping[str, int]) -> None:
    """Store how often each kind of correction was made: rows are added, so that no request waits for another."""
    IntakeCorrection.objects.bulk_create(
        IntakeCorrection(kind=kind, amount=amount) for kind, amount in corrections.items() if amount
    )


@transaction.atomic
def sum_corrections(now: datetime | None = None) -> None:
    """Replace the rows so far by one of each kind; run now and then, so that reading them stays cheap."""
    rows = IntakeCorrection.objects.select_for_update(skip_locked=True).values_list("pk", "kind", "amount")
    found = list(rows[:MAX_ROWS])
    if len(found) <= len(IntakeCorrection.Kind):
        return
    totals: dict[str, int] = {}
    for _pk, kind, amount in found:
        totals[kind] = totals.get(kind, 0) + amount
    IntakeCorrection.objects.filter(pk__in=[pk for pk, _kind, _amount in found]).delete()
    IntakeCorrection.objects.bulk_create(
        IntakeCorrection(kind=kind, amount=amount, at=now or timezone.now()) for kind, amount in totals.items()
    )
