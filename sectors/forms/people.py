"""Selecting people: a field that shows the selected ones and searches for others."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.form_fields import MAX_FOUND, BoundedChoices, clean_query
from orgs.models import User
from orgs.querysets import PeopleQuerySet


def person_label(user: User) -> str:
    """Return name and e-mail address, since names aren't unique."""
    return f"{user.name} · {user.email}" if user.name != user.email else user.email


def find_people(people: PeopleQuerySet, search: str) -> list[dict[str, str]]:
    """Return the people whose name and address contain every word, as choices of a field."""
    found = people.searched(clean_query(search))
    return [{"value": str(user.pk), "text": person_label(user)} for user in found[:MAX_FOUND]]


class PeopleSelect(BoundedChoices, forms.SelectMultiple):
    """A select with the selected people and the first few others, never the whole project."""

    def __init__(self) -> None:
        super().__init__(
            attrs={
                "data-pick": "",
                "data-placeholder": _("Name or e-mail"),
                "data-pick-none": _("Nobody with access to Chats found"),
                "data-pick-remove": _("Remove"),
            }
        )
