"""Questions that are asked of people and of their memberships."""

from typing import Any, Self

from django.db.models import QuerySet, Value

from core.text import Fold, FoldedTogether

#: Of a longer text the beginning is searched for.
_LONGEST = 100


class PeopleQuerySet(QuerySet[Any]):
    """People, or rows of which each has a person: ``person`` leads from the row there."""

    person = ""

    def searched(self, text: str) -> Self:
        """Return the rows whose person's address and names hold every word, whatever case and accents."""
        words, rows = text.replace("\x00", "")[:_LONGEST].split(), self
        if words:
            names = (f"{self.person}{name}" for name in ("email", "first_name", "last_name"))
            rows = rows.alias(searched=FoldedTogether(*names))
        for word in words:
            rows = rows.filter(searched__contains=Fold(Value(word)))
        return rows


class MembershipQuerySet(PeopleQuerySet):
    """Memberships, found by their person."""

    person = "user__"
