"""Picking people: a field that offers some, keeps those picked, and searches for the others."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from orgs.models import User
from orgs.web import parse_uuids

#: So many are offered without a search; a project with more is searched in on the server.
OFFERED = 100
FOUND = 30


def person_label(user: User) -> str:
    """Return name and address: names alone repeat."""
    return f"{user.name} · {user.email}" if user.name != user.email else user.email


def find_people(people: QuerySet[User], search: str) -> list[dict[str, str]]:
    """Return those of ``people`` whose name or address holds the letters, as choices of a field."""
    search = " ".join(search.replace("\x00", "").split())[:100]
    found = people.annotate(whole_name=Concat("first_name", Value(" "), "last_name")).filter(
        Q(whole_name__icontains=search) | Q(email__icontains=search)
    )
    return [{"value": str(user.pk), "text": person_label(user)} for user in found[:FOUND]]


class PeopleSelect(forms.SelectMultiple):
    """A select that never lists a whole project: those picked, and the first others."""

    def __init__(self, url: str = "") -> None:
        super().__init__(
            attrs={"data-pick": "", "data-pick-none": _("Nobody found"), "data-pick-remove": _("Remove")}
        )
        self.url = url

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Say where to search if there are more people than are offered."""
        picked = parse_uuids([str(v) for v in value or ()])
        people = self.choices.queryset  # type: ignore[attr-defined]
        offered = list(people.exclude(pk__in=picked)[: OFFERED + 1])
        if len(offered) > OFFERED and self.url:
            attrs = {**(attrs or {}), "data-pick-url": self.url}
        whole, self.choices = self.choices, self._shown(people, picked, offered[:OFFERED])
        try:
            return super().get_context(name, value, attrs)
        finally:
            self.choices = whole

    @staticmethod
    def _shown(people: QuerySet[User], picked: Collection[UUID], offered: list[User]) -> list[tuple[str, str]]:
        users = [*(people.filter(pk__in=picked) if picked else ()), *offered]
        return [(str(user.pk), person_label(user)) for user in users]
