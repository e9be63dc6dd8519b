"""Picking people: a field that offers some, keeps those picked, and searches for the others."""

from django import forms
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from core.form_fields import MAX_FOUND, BoundedChoices, clean_query
from orgs.models import User


def person_label(user: User) -> str:
    """Return name and address: names alone repeat."""
    return f"{user.name} · {user.email}" if user.name != user.email else user.email


def find_people(people: QuerySet[User], search: str) -> list[dict[str, str]]:
    """Return those of ``people`` whose name or address holds the letters, as choices of a field."""
    search = clean_query(search)
    found = people.annotate(whole_name=Concat("first_name", Value(" "), "last_name")).filter(
        Q(whole_name__icontains=search) | Q(email__icontains=search)
    )
    return [{"value": str(user.pk), "text": person_label(user)} for user in found[:MAX_FOUND]]


class PeopleSelect(BoundedChoices, forms.SelectMultiple):
    """A select that never lists a whole project: those picked, and the first others."""

    def __init__(self) -> None:
        super().__init__(
            attrs={
                "data-pick": "",
                "data-pick-none": _("Nobody with access to Chats found"),
                "data-pick-remove": _("Remove"),
            }
        )
