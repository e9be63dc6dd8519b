"""Querysets of people and their memberships."""

from collections.abc import Sequence
from typing import Any, Self

from django.db.models import Case, CharField, F, Func, IntegerField, QuerySet, Value, When
from django.db.models.functions import Concat

from core.text import Fold, FoldedTogether, holds_words

#: Longer search texts are cut to this length.
_LONGEST = 100


def shown_name(path: str = "") -> Fold:
    """Return the folded name that people are shown under (``User.name``). ``path``: the lookup path to the user."""
    nameless = {f"{path}first_name": "", f"{path}last_name": ""}
    local = Func(f"{path}email", Value("@"), Value(1), function="split_part", output_field=CharField())
    return Fold(
        Case(When(**nameless, then=local), default=Concat(f"{path}first_name", Value(" "), f"{path}last_name"))
    )


def by_person(path: str = "") -> tuple[Any, ...]:
    """Return what people are ordered by to stand by name: the name they are shown under, folded, then the address.

    As arguments of ``order_by``, as ``core.text.by_name``. ``path``: the lookup path from the rows to the user.
    """
    return (shown_name(path), F(f"{path}email"))


class PeopleQuerySet(QuerySet[Any]):
    """Users, or rows with a user: ``person`` is the lookup path from the row to the user."""

    person = ""

    def searched(self, text: str) -> Self:
        """Return the rows whose user's address and names contain every word, ignoring case and accents."""
        names = (f"{self.person}{name}" for name in ("email", "first_name", "last_name"))
        return self.filter(holds_words(text[:_LONGEST], FoldedTogether(*names)))


class MembershipQuerySet(PeopleQuerySet):
    """Memberships, searchable by person."""

    person = "user__"

    def with_sort_keys(self, roles: Sequence[str]) -> Self:
        """Return the rows with ``shown`` (the person's name, folded) and ``rank`` (the place of their role)."""
        places = (When(role=role, then=Value(place)) for place, role in enumerate(roles))
        rank = Case(*places, default=Value(len(roles)), output_field=IntegerField())
        return self.annotate(shown=shown_name(self.person), rank=rank)
