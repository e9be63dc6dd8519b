"""Querysets of people and their memberships."""

from typing import Any, Self

from django.db.models import QuerySet, Value

from core.text import Fold, FoldedTogether

#: Longer search texts are cut to this length.
_LONGEST = 100


class PeopleQuerySet(QuerySet[Any]):
    """Users, or rows with a user: ``person`` is the lookup path from the row to the user."""

    person = ""

    def searched(self, text: str) -> Self:
        """Return the rows whose user's address and names contain every word, ignoring case and accents."""
        words, rows = text.replace("\x00", "")[:_LONGEST].split(), self
        if words:
            names = (f"{self.person}{name}" for name in ("email", "first_name", "last_name"))
            rows = rows.alias(searched=FoldedTogether(*names))
        for word in words:
            rows = rows.filter(searched__contains=Fold(Value(word)))
        return rows


class MembershipQuerySet(PeopleQuerySet):
    """Memberships, searchable by person."""

    person = "user__"
