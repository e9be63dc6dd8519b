"""The form that asks where open tickets go when a queue or sector is archived (docs/rules.md, Archiving)."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.form_fields import MAX_FOUND, BoundedSelect, clean_query
from core.text import holds_words
from orgs.access import Member
from orgs.models import Project

from .hooks import queues_to_move_to


def queue_label(queue: Any) -> str:
    """Return the label of a queue in a list that spans sectors."""
    return f"{queue.sector.name} / {queue.name}"


def find_target_queues(member: Member, search: str) -> list[dict[str, str]]:
    """Return the queues open for tickets whose name or sector name contains the text."""
    rows = queues_to_move_to(member).filter(holds_words(clean_query(search), "name", "sector__name"))
    return [{"value": str(row.pk), "text": queue_label(row)} for row in rows[:MAX_FOUND]]


class _Place(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return queue_label(obj)


class MoveTicketsForm(forms.Form):
    """The target queue of open tickets; required only if there are any."""

    move_to = _Place(
        label=_("Move them to"),
        queryset=None,
        empty_label=_("Choose a queue"),
        widget=BoundedSelect(),
        error_messages={
            "required": _("Choose where the open tickets go."),
            "invalid_choice": _("This queue takes no tickets any more. Choose another."),
        },
    )

    def __init__(self, project: Project, taken: QuerySet, *args: Any, **kwargs: Any) -> None:
        """``taken``: the queues on offer, from ``queues_to_move_to``."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["move_to"]
        field.queryset = taken
        field.widget.url = reverse("sectors:places", args=[project.pk])
