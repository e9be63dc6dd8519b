"""Forms of the desk. They only parse input; the operations hold the rules."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.form_fields import BoundedSelect, field_of
from core.http import parse_uuid, parse_uuids
from core.text import by_name
from core.validation import NumberRange, max_length
from orgs.models import User
from queues.models import AgentStatus, Status
from sectors.models import Sector
from tags.models import Tag
from tickets.desk.tag_choices import TagChoices, tag_choices

from .errors import ForeignTag
from .models import MINUTES, OFFLINE_MINUTES, TEXT_LENGTH, AttendanceRules, Contact, Ticket
from .operations import MAX_MENTIONS


class MessageForm(forms.Form):
    """An answer or a note. The operation validates the text, so that its error is the one shown."""

    data: QueryDict
    text = forms.CharField(required=False, strip=False)
    note = forms.BooleanField(required=False)

    @property
    def key(self) -> UUID | None:
        """The idempotency key that the page generated for this message; none without JavaScript."""
        return parse_uuid(self.data.get("key", ""))

    @property
    def uploads(self) -> list[UUID]:
        """The ids of the files to send with it; an invalid id counts as a file that is gone."""
        texts = self.data.getlist("uploads")[: 2 * settings.FILES_PER_MESSAGE]
        return [parse_uuid(text) or UUID(int=0) for text in texts]

    @property
    def mentions(self) -> list[UUID]:
        """The ids of the people to mention; an invalid id counts as an unknown person."""
        texts = self.data.getlist("mentions")[: 2 * MAX_MENTIONS]
        return [parse_uuid(text) or UUID(int=0) for text in texts]

    def clean_text(self) -> str:
        return self.cleaned_data.get("text") or ""


class TagsField(forms.ModelMultipleChoiceField):
    """Tags of a queryset; anything else is refused with the domain's error."""

    def clean(self, value: Any) -> QuerySet[Tag]:
        """Return the tags. Raises ValidationError with the domain's sentence."""
        try:
            return super().clean(value)
        except forms.ValidationError:
            raise forms.ValidationError(ForeignTag.sentence, code=ForeignTag.code) from None


class CloseForm(forms.Form):
    """The tags to close tickets with. ``filter`` is the search text, kept when the form is shown again."""

    data: QueryDict
    tags = TagsField(queryset=Tag.objects.none(), required=False)
    filter = forms.CharField(required=False, max_length=200)

    def __init__(
        self,
        *args: Any,
        sectors: Collection[UUID],
        by: User | None = None,
        accepted: QuerySet[Tag] | None = None,
        also: Collection[UUID] = (),
        asked: QueryDict | None = None,
        narrow: bool = False,
        **kwargs: Any,
    ) -> None:
        """``by``: the person whose recently used tags come first. ``accepted``: the tags accepted, if they are more
        than those of the tickets' sectors. ``also``: archived tags of the sectors that may be chosen all the same.
        ``asked``: selection and search of a form not submitted yet. ``narrow``: filter on the server even if the
        list is short."""
        super().__init__(*args, **kwargs)
        self.sectors, self.by, self.narrow = sectors, by, narrow
        self.asked = self.data if self.is_bound else asked
        of_sectors = Tag.objects.filter(sector__in=sectors)
        self.choosable: QuerySet[Tag] = of_sectors.choosable()
        if also:
            self.choosable = of_sectors.filter(Q(archived_at=None, closed_by_flow=False) | Q(pk__in=also))
        field_of(self, "tags", TagsField).queryset = self.choosable if accepted is None else accepted

    @property
    def chosen(self) -> list[UUID]:
        """The ids that are ticked, valid or not."""
        return parse_uuids(self.asked.getlist("tags")) if self.asked else []

    @property
    def search(self) -> str:
        """The search text."""
        return self.asked.get("filter", "")[:200] if self.asked else ""

    @cached_property
    def offer(self) -> TagChoices:
        """The tags to show (``tickets.desk.tag_choices``)."""
        return tag_choices(
            self.choosable, self.sectors, by=self.by, chosen=self.chosen, search=self.search, narrow=self.narrow
        )


class RetagForm(CloseForm):
    """New tags for a closed ticket: the choosable ones and those it has."""

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        self.present = list(ticket.ticket_tags.values_list("tag", flat=True))
        super().__init__(*args, sectors=[ticket.sector_id], also=self.present, **kwargs)

    @property
    def chosen(self) -> list[UUID]:
        """The ids that are ticked, valid or not; initially those of the ticket."""
        return super().chosen if self.is_bound or (self.asked and "filter" in self.asked) else self.present


#: The target that is the ticket's own line.
BACK = "line"


class TransferForm(forms.Form):
    """The target (``queue:<id>``, ``agent:<id>``, or ``line``: back to its own) and a note for the next agent."""

    to = forms.CharField(required=False, max_length=60)
    note = forms.CharField(required=False, max_length=TEXT_LENGTH, widget=forms.Textarea)
    filter = forms.CharField(required=False, max_length=200)

    def clean_to(self) -> tuple[str, UUID | None]:
        """Return the kind of target and its id; the ticket's own line has none."""
        if self.cleaned_data["to"] == BACK:
            return BACK, None
        kind, _colon, value = self.cleaned_data["to"].partition(":")
        try:
            if kind not in {"queue", "agent"}:
                raise ValueError(kind)
            return kind, UUID(value)
        except ValueError:
            raise forms.ValidationError(_("Choose where the ticket goes.")) from None


class ContactNameForm(forms.Form):
    """A contact's name; empty for the flow's."""

    name = forms.CharField(required=False, max_length=max_length(Contact, "name"))


class StatusForm(forms.Form):
    """The status an agent chooses; for a pause, its reason and whether to finish the current tickets first."""

    status = forms.ChoiceField(
        choices=Status.choices,
        error_messages={"required": _("Choose a status."), "invalid_choice": _("Choose a status.")},
    )
    reason = forms.CharField(required=False, max_length=max_length(AgentStatus, "reason"))
    after_tickets = forms.BooleanField(required=False)


def _minutes(label: Any, help_text: Any = "", accepted: NumberRange = MINUTES) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, **accepted.bounds)


def tags_of(sector: Sector) -> QuerySet[Tag]:
    """Return the tags that tickets of silent contacts can be closed with."""
    return Tag.objects.choosable().filter(sector=sector.pk).order_by("position", *by_name())


class ServiceRulesForm(forms.Form):
    """Service rules of a sector; an empty number turns its rule off."""

    give_back_after = _minutes(_("Reassign after"), _("Empty: it stays with its agent."))
    move_on_after = _minutes(
        _("Move on after"), _("Empty: it stays with its agent, however long they are offline."), OFFLINE_MINUTES
    )
    warn_after = _minutes(_("Warn the contact after"), _("Empty: nobody is warned."))
    warn_text = forms.CharField(
        label=_("Warning"),
        required=False,
        max_length=max_length(AttendanceRules, "warn_text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "data-quick-text": ""}),
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
    agents_read_earlier = forms.BooleanField(label=_("Agents read earlier tickets of their contacts"), required=False)

    def __init__(self, sector: Sector, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["close_tag"]
        field.queryset = tags_of(sector)
        field.widget.url = reverse("tickets:attending_tags", args=[sector.project_id, sector.pk])

    @staticmethod
    def initial_of(rules: AttendanceRules) -> dict[str, Any]:
        """Return the initial values for a sector's rules."""
        return {name: getattr(rules, name) for name in ServiceRulesForm.base_fields}
