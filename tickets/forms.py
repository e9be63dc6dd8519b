"""What the desk's forms take. Rules are the operations'; a form only turns what came into values."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orgs.errors import DomainError
from orgs.web import parse_uuid
from queues.models import Status
from tags.models import Tag

from .errors import ForeignTag
from .models import TEXT_LENGTH, Ticket


class MessageForm(forms.Form):
    """An answer or a note. The operation judges the text, so that its sentence is the one shown."""

    text = forms.CharField(required=False, strip=False)
    note = forms.BooleanField(required=False)

    @property
    def key(self) -> UUID | None:
        """What the page made to know this message by; none without a script."""
        return parse_uuid(self.data.get("key", ""))

    @property
    def uploads(self) -> list[UUID]:
        """The files added before that go with it; what is no id counts as one that is gone."""
        texts = self.data.getlist("uploads")[: 2 * settings.FILES_PER_MESSAGE]  # type: ignore[attr-defined]
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
    """The tags to close with. ``filter`` is what was typed to find them, kept when the form comes back."""

    tags = TagsField(queryset=Tag.objects.none(), required=False)
    filter = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choosable: QuerySet[Tag] = Tag.objects.choosable().filter(sector_id=ticket.sector_id)
        self.fields["tags"].queryset = self.choosable  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[str]:
        """The ids that are ticked, valid or not."""
        return set(self.data.getlist("tags")) if self.is_bound else set()  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[tuple[Tag, bool]]:
        """Every choosable tag and whether it is ticked."""
        chosen = self.chosen
        return [(tag, str(tag.pk) in chosen) for tag in self.choosable]


class RetagForm(CloseForm):
    """Other tags for a closed ticket: those that can be chosen, and those it has."""

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, ticket=ticket, **kwargs)
        self.present = set(ticket.ticket_tags.values_list("tag", flat=True))
        self.choosable = Tag.objects.filter(sector=ticket.sector_id).filter(
            Q(archived_at=None, closed_by_flow=False) | Q(pk__in=self.present)
        )
        self.fields["tags"].queryset = self.choosable  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[str]:
        """The ids that are ticked, valid or not; at first those the ticket has."""
        return super().chosen if self.is_bound else {str(pk) for pk in self.present}


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
    reason = forms.CharField(required=False, max_length=80)
    after_tickets = forms.BooleanField(required=False)


def add_refusal(form: forms.Form, error: DomainError) -> None:
    """Show a refusal of the domain at the field it names, else above the form."""
    form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
