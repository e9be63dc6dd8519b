"""The form of a sector's rules of attending. Rules are the operation's; the form turns what came into values."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orgs.picking import BoundedSelect
from sectors.models import Sector
from sectors.operations.cleaning import TEXT_LENGTH
from tags.models import Tag

from .models import MOST_MINUTES, AttendanceRules


def _minutes(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=1, max_value=MOST_MINUTES)


def tags_of(sector: Sector) -> QuerySet[Tag]:
    """Return the tags that silent contacts' tickets can be closed with."""
    return Tag.objects.choosable().filter(sector=sector.pk).order_by("position", "name", "pk")


class AttendingForm(forms.Form):
    """What a sector expects of attending; an empty number switches its rule off."""

    give_back_after = _minutes(_("Give it to somebody else after"), _("Empty: it stays with its agent."))
    warn_after = _minutes(_("Warn the contact after"), _("Empty: nobody is warned."))
    warn_text = forms.CharField(
        label=_("Warning"),
        required=False,
        max_length=TEXT_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-quick-text": ""}),
    )
    close_after = _minutes(_("Close the ticket after"), _("Empty: it stays open."))
    close_tag = forms.ModelChoiceField(
        label=_("Tag of these tickets"),
        queryset=Tag.objects.none(),
        required=False,
        empty_label=_("Choose a tag"),
        widget=BoundedSelect(),
        error_messages={"invalid_choice": _("This tag can't be chosen any more. Choose another.")},
    )
    waiting_target = _minutes(_("Nobody should wait longer than"), _("Empty: there is no target."))
    retag_for = _minutes(_("Agents may change tags for"), _("Empty: they may not."))

    def __init__(self, sector: Sector, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["close_tag"]
        field.queryset = tags_of(sector)
        field.widget.url = reverse("tickets:attending_tags", args=[sector.project_id, sector.pk])

    @staticmethod
    def initial_of(rules: AttendanceRules) -> dict[str, Any]:
        """Return the values of a sector's rules for an edit form."""
        return {name: getattr(rules, name) for name in AttendingForm.base_fields}
