"""What the desk's forms take. Rules are the operations'; a form only turns what came into values."""

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

from core.errors import DomainError
from core.form_fields import BoundedSelect, field_of
from core.http import parse_uuid, parse_uuids
from core.validation import max_length
from orgs.models import User
from queues.models import AgentStatus, Status
from sectors.models import Sector
from tags.models import Tag
from tickets.desk.tag_choices import TagChoices, tag_choices

from .errors import ForeignTag
from .models import MINUTES, TEXT_LENGTH, AttendanceRules, Ticket
from .operations import MAX_MENTIONS


class MessageForm(forms.Form):
    """An answer or a note. The operation judges the text, so that its sentence is the one shown."""

    data: QueryDict
    text = forms.CharField(required=False, strip=False)
    note = forms.BooleanField(required=False)

    @property
    def key(self) -> UUID | None:
        """What the page made to know this message by; none without a script."""
        return parse_uuid(self.data.get("key", ""))

    @property
    def uploads(self) -> list[UUID]:
        """The files added before that go with it; what is no id counts as one that is gone."""
        texts = self.data.getlist("uploads")[: 2 * settings.FILES_PER_MESSAGE]
        return [parse_uuid(text) or UUID(int=0) for text in texts]

    @property
    def mentions(self) -> list[UUID]:
        """The people a note calls; what is no id counts as somebody who is not there."""
        texts = self.data.getlist("mentions")[: 2 * MAX_MENTIONS]
        return [parse_uuid(text) or UUID(int=0) for text in texts]

    def clean_text(self) -> str:
        """Return the text as typed."""
        return self.cleaned_data.get("text") or ""


class TagsField(forms.ModelMultipleChoiceField):
    """Tags of a queryset; whatever else is sent, tag or not, is refused with the domain's sentence."""

    def clean(self, value: Any) -> QuerySet[Tag]:
        """Return the tags, or raise the domain's sentence."""
        try:
            return super().clean(value)
        except forms.ValidationError:
            raise forms.ValidationError(ForeignTag.sentence, code=ForeignTag.code) from None


class CloseForm(forms.Form):
    """The tags to close with, of the tickets' sectors. ``filter`` is what was typed to find them, kept when the form
    comes back."""

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
        """``by``: whose tags of late come first. ``accepted``: the tags that are taken where they are more than those
        of the tickets' sectors. ``also``: tags of the sectors that can be chosen though they were archived.
        ``asked``: what was chosen and typed, of a form that is not sent yet. ``narrow``: the page can't narrow by
        itself."""
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
        """What was typed to find tags."""
        return self.asked.get("filter", "")[:200] if self.asked else ""

    @cached_property
    def offer(self) -> TagChoices:
        """The tags to show (tickets.desk.tag_choices)."""
        return tag_choices(
            self.choosable, self.sectors, by=self.by, chosen=self.chosen, search=self.search, narrow=self.narrow
        )


class RetagForm(CloseForm):
    """Other tags for a closed ticket: those that can be chosen, and those it has."""

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        self.present = list(ticket.ticket_tags.values_list("tag", flat=True))
        super().__init__(*args, sectors=[ticket.sector_id], also=self.present, **kwargs)

    @property
    def chosen(self) -> list[UUID]:
        """The ids that are ticked, valid or not; at first those the ticket has."""
        return super().chosen if self.is_bound or (self.asked and "filter" in self.asked) else self.present


class TransferForm(forms.Form):
    """Where to: ``queue:<id>`` or ``agent:<id>``; and a note for whoever comes next."""

    to = forms.CharField(required=False, max_length=60)
    note = forms.CharField(required=False, max_length=TEXT_LENGTH, widget=forms.Textarea)
    filter = forms.CharField(required=False, max_length=200)

    def clean_to(self) -> tuple[str, UUID]:
        """Return the kind of target and its id."""
        kind, _colon, value = self.cleaned_data["to"].partition(":")
        try:
            if kind not in {"queue", "agent"}:
                raise ValueError(kind)
            return kind, UUID(value)
        except ValueError:
            raise forms.ValidationError(_("Choose where the ticket goes.")) from None


class StatusForm(forms.Form):
    """The status an agent chooses, with the reason of a pause, and whether it begins after the tickets at hand."""

    status = forms.ChoiceField(
        choices=Status.choices,
        error_messages={
            "required": _("Choose a status."),
            "invalid_choice": _("Choose a status."),
        },
    )
    reason = forms.CharField(required=False, max_length=max_length(AgentStatus, "reason"))
    after_tickets = forms.BooleanField(required=False)


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Show a refusal of the domain at the field it names, else above the form."""
    form.add_error(error.field if error.field in form.fields else None, str(error.sentence))


def _minutes(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, **MINUTES.bounds)


def tags_of(sector: Sector) -> QuerySet[Tag]:
    """Return the tags that silent contacts' tickets can be closed with."""
    return Tag.objects.choosable().filter(sector=sector.pk).order_by("position", "name", "pk")


class ServiceRulesForm(forms.Form):
    """What a sector expects of attending; an empty number switches its rule off."""

    give_back_after = _minutes(_("Give it to somebody else after"), _("Empty: it stays with its agent."))
    warn_after = _minutes(_("Warn the contact after"), _("Empty: nobody is warned."))
    warn_text = forms.CharField(
        label=_("Warning"),
        required=False,
        max_length=max_length(AttendanceRules, "warn_text"),
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
        return {name: getattr(rules, name) for name in ServiceRulesForm.base_fields}
