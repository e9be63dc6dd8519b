"""Forms of the tags app: they parse input; the operations validate it."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.form_fields import BoundedSelect
from core.text import by_name

from .models import DESCRIPTION_LENGTH, NAME_LENGTH, Color, Tag


class TagForm(forms.Form):
    """A tag's name, description and colour."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text=_("When to choose it. Agents read it when they close a ticket."),
    )
    color = forms.ChoiceField(
        label=_("Colour"),
        choices=Color.choices,
        required=False,
        widget=forms.RadioSelect(),
        error_messages={"invalid_choice": _("Choose one of the colours.")},
    )


def others_of(tag: Tag) -> QuerySet[Tag]:
    """Return the tags that a tag can be merged into: the sector's other choosable tags."""
    return Tag.objects.choosable().filter(sector=tag.sector_id).exclude(pk=tag.pk).order_by("position", *by_name())


class MergeForm(forms.Form):
    """The tag to merge into."""

    into = forms.ModelChoiceField(
        label=_("Merge into"),
        queryset=Tag.objects.none(),
        empty_label=_("Choose a tag"),
        widget=BoundedSelect(),
        error_messages={
            "required": _("Choose the tag that takes over."),
            "invalid_choice": _("This tag can't take over any more. Choose another."),
        },
    )

    def __init__(self, tag: Tag, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        field.queryset = others_of(tag)
        field.widget.url = reverse("tags:choices", args=[tag.sector.project_id, tag.pk])
