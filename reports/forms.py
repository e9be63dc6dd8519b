"""The filter form."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.form_fields import (
    MAX_FOUND,
    BoundedSelect,
    BoundedSelectMultiple,
    PeriodForm,
    clean_query,
    field_of,
    search_field,
)
from core.text import holds_words
from orgs.access import Member
from orgs.models import User
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag

from .filter_choices import agents_of, queues_of, sectors_of, tags_of
from .filters import ONLY, Filters

#: Text search uses trigrams.
SHORTEST_TEXT = 3
#: Up to this many tags are all shown as checkboxes; with more, tags are searched.
FEW_TAGS = 12
#: Fields whose choices are searched on the server if there are many.
PICKED = {
    "tags": ("name",),
    "sector": ("name",),
    "queue": ("name",),
    "agent": ("first_name", "last_name", "email"),
}
_UNKNOWN = _("There is no such choice. It may have been taken away, or belongs to somebody else.")

_NO_SUCH = {"invalid_choice": _UNKNOWN, "invalid_pk_value": _UNKNOWN, "invalid_list": _UNKNOWN}


class _Unknown(forms.Field):
    def clean(self, value: Any) -> Any:
        """Use an error that doesn't repeat the submitted value, which may be long."""
        try:
            return super().clean(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(_UNKNOWN) from error


class _Chosen(_Unknown, forms.ModelChoiceField):
    def __init__(self, *, label: Any, none: Any) -> None:
        super().__init__(
            queryset=Sector.objects.none(),
            label=label,
            empty_label=none,
            required=False,
            error_messages={"invalid_choice": _UNKNOWN},
            widget=BoundedSelect(),
        )


class _SectorNamed(forms.Field):
    several_sectors = True


class _OfSector(_SectorNamed, _Chosen):
    def label_from_instance(self, place: Any) -> str:
        return f"{place.sector.name} · {place.name}" if self.several_sectors else place.name


class _Person(_Chosen):
    def label_from_instance(self, user: User) -> str:
        return user.name


class _Tags(_SectorNamed, _Unknown, forms.ModelMultipleChoiceField):
    def label_from_instance(self, tag: Tag) -> str:
        return f"{tag.sector.name} · {tag.name}" if self.several_sectors else tag.name


class _People(_Unknown, forms.ModelMultipleChoiceField):
    def label_from_instance(self, user: User) -> str:
        return user.name


def _number_up_to(most: int, label: Any) -> forms.IntegerField:
    messages = dict.fromkeys(("invalid", "min_value", "max_value"), _UNKNOWN)
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, error_messages=messages)


class FilterForm(PeriodForm):
    """Parses the filters from a URL. Choices are limited to what the member may see; anything else is invalid."""

    use_required_attribute = False

    data: QueryDict
    tags = _Tags(
        queryset=Tag.objects.none(),
        label=_("Tags"),
        required=False,
        error_messages=_NO_SUCH,
        widget=BoundedSelectMultiple(),
    )
    match = forms.ChoiceField(
        label=_("With"),
        required=False,
        choices=[("any", _("any of these")), ("all", _("all of these"))],
        error_messages={"invalid_choice": _UNKNOWN},
    )
    sector = _Chosen(label=_("Sector"), none=_("All sectors"))
    queue = _OfSector(label=_("Queue"), none=_("All queues"))
    agent = _Person(label=_("Agent"), none=_("All agents"))
    contact = search_field(_("Contact"), 100, _("Name, number or e-mail"))
    protocol = search_field(_("Protocol"), 64)
    text = search_field(_("Text of messages"), 100, _("At least three letters"))
    counted = forms.ChoiceField(
        label=_("Dates of"),
        required=False,
        choices=[("closed", _("closing")), ("opened", _("opening"))],
        error_messages={"invalid_choice": _UNKNOWN},
    )
    order = forms.ChoiceField(
        label=_("Sort order"),
        required=False,
        choices=[("newest", _("Newest first")), ("oldest", _("Oldest first"))],
        error_messages={"invalid_choice": _UNKNOWN},
    )
    # Parameters set by the dashboard's links.
    also = _Tags(queryset=Tag.objects.none(), label=_("Tag"), required=False, error_messages=_NO_SUCH)
    attended = _People(queryset=User.objects.none(), label=_("Handled by"), required=False, error_messages=_NO_SUCH)
    only = forms.MultipleChoiceField(
        label=_("Only"), required=False, choices=list(ONLY.items()), error_messages=_NO_SUCH
    )
    weekday = _number_up_to(6, _("Weekday"))
    hour = _number_up_to(23, _("Hour"))

    def __init__(self, data: Any, *, member: Member) -> None:
        super().__init__(data)
        self.member = member
        choices: dict[str, QuerySet] = {
            "sector": sectors_of(member),
            "queue": queues_of(member),
            "agent": agents_of(member),
            "tags": tags_of(member),
            "also": tags_of(member),
            "attended": agents_of(member),
        }
        for name, queryset in choices.items():
            field_of(self, name, forms.ModelChoiceField).queryset = queryset
        several = sectors_of(member).order_by()[:2].count() > 1
        for name in ("tags", "queue", "also"):
            field_of(self, name, _SectorNamed).several_sectors = several
        self.few_tags = choices["tags"].order_by()[: FEW_TAGS + 1].count() <= FEW_TAGS
        if self.few_tags:
            tags = field_of(self, "tags", _Tags)
            boxes: Any = forms.CheckboxSelectMultiple()
            boxes.choices = tags.choices
            tags.widget = boxes
        # What is meant without a word needs none in the address.
        self.fields["match"].widget.attrs["data-usual"] = "any"
        self.fields["counted"].widget.attrs["data-usual"] = "closed"
        self.fields["order"].widget.attrs["data-usual"] = "newest"
        self.fields["text"].widget.attrs["minlength"] = SHORTEST_TEXT
        for name in PICKED:
            url = reverse("reports:choices", args=[member.project.pk, name])
            self.fields[name].widget.url = url

    def find(self, name: str, search: str) -> list[dict[str, str]]:
        """Return choices of a field of ``PICKED`` whose names, that of the sector among them, contain every word."""
        field: Any = self.fields[name]
        columns = [*PICKED[name]]
        if name in ("tags", "queue") and field.several_sectors:
            columns.append("sector__name")
        rows = field.queryset.filter(holds_words(clean_query(search), *columns))
        return [{"value": str(row.pk), "text": field.label_from_instance(row)} for row in rows[:MAX_FOUND]]

    def clean_text(self) -> str:
        """Reject words too short to search for."""
        text = self.cleaned_data["text"]
        if text and len(text) < SHORTEST_TEXT:
            raise forms.ValidationError(_("Write at least three letters."))
        return text

    def filters(self) -> Filters:
        """Return the filters; call on a valid form only."""
        c = self.cleaned_data

        def pk(name: str) -> Any:
            chosen: Sector | Queue | User | Tag | None = c[name]
            return chosen.pk if chosen else None

        return Filters(
            tags=tuple(tag.pk for tag in c["tags"]),
            match=c["match"] or "any",
            also=tuple(tag.pk for tag in c["also"]),
            with_agents=tuple(user.pk for user in c["attended"]),
            sector=pk("sector"),
            queue=pk("queue"),
            agent=pk("agent"),
            start=c["from"],
            end=c["to"],
            counted=c["counted"] or "closed",
            order=c["order"] or "newest",
            weekday=c["weekday"],
            hour=c["hour"],
            contact=c["contact"],
            protocol=c["protocol"],
            text=c["text"],
            only=tuple(c["only"]),
        )


def read(data: QueryDict, member: Member) -> tuple[Filters | None, FilterForm]:
    """Return the filters of a URL, None if something is invalid, and the form that shows them."""
    form = FilterForm(data, member=member)
    return (form.filters() if form.is_valid() else None), form
