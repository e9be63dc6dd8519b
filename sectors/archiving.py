"""Asking where open tickets go when a queue or a sector is archived (docs/rules.md, Archiving)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.form_fields import FOUND, BoundedSelect, asked_for
from core.text import Fold, folded
from orgs.access import Member
from orgs.models import Project

from .models import Sector


def _queues() -> Any:
    """Queues belong to an app above; the related name is the link."""
    queues: Any = Sector._meta.get_field("queues").related_model
    return queues.objects


def places(member: Member) -> QuerySet:
    """Return the queues that take tickets in the sectors a member configures, sector by sector."""
    sectors = Sector.objects.configurable_by(member).live()
    rows = _queues().filter(sector__in=sectors, archived_at=None, on_hold=False)
    return rows.select_related("sector").order_by("sector__position", "sector__name", "position", "name", "pk")


def label_of(queue: Any) -> str:
    """Return a queue as it is chosen from among those of all sectors."""
    return f"{queue.sector.name} / {queue.name}"


def find_places(member: Member, search: str) -> list[dict[str, str]]:
    """Return the queues that take tickets whose name, or whose sector's name, holds the letters."""
    [words] = folded([asked_for(search)])
    rows = places(member).alias(own=Fold("name"), of_sector=Fold("sector__name"))
    rows = rows.filter(Q(own__contains=words) | Q(of_sector__contains=words))
    return [{"value": str(row.pk), "text": label_of(row)} for row in rows[:FOUND]]


@dataclass(frozen=True)
class Open:
    """Open tickets of a place: how many wait, how many are attended."""

    waiting: int
    active: int

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.waiting or self.active)


def open_tickets(**place: Any) -> Open:
    """Count the open tickets of a place, named as ``queue=`` or ``sector=``."""
    tickets: Any = Sector._meta.get_field("tickets").related_model
    counted = (
        tickets.objects.filter(**place)
        .exclude(status="closed")
        .aggregate(waiting=Count("pk", filter=Q(status="waiting")), active=Count("pk", filter=Q(status="active")))
    )
    return Open(**counted)


class _Place(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return label_of(obj)


class WhereForm(forms.Form):
    """Where open tickets go; asked only where there are some."""

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
        """``taken``: the queues to choose from, of ``places``."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["move_to"]
        field.queryset = taken
        field.widget.url = reverse("sectors:places", args=[project.pk])
