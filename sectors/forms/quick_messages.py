"""The form of a quick message with its files."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.files import limits
from core.http import parse_uuids
from core.validation import max_length, megabytes
from sectors.models import QuickMessage
from sectors.operations import NewFile, QuickText
from sectors.operations.quick_message_files import max_files
from sectors.operations.quick_messages import SHORTCUT_LENGTH


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: MultiValueDict, name: str) -> list[Any]:
        return files.getlist(name)


class FilesField(forms.Field):
    """Files to be added; what each may be, the operation says, which names the one at fault."""

    widget = FilesInput

    def clean(self, value: Sequence[Any]) -> list[NewFile]:
        return [NewFile(file, file.name or "") for file in value]


class QuickForm(forms.Form):
    """One quick message; ``remove``, outside of the fields, has the ids of its files that go."""

    shortcut = forms.CharField(
        label=gettext_lazy("Shortcut"),
        max_length=SHORTCUT_LENGTH + 1,
        help_text=gettext_lazy("What is typed after the slash, as hello for /hello."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=max_length(QuickMessage, "text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto", "data-quick-text": ""}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = _("They are put beside the text, to be sent with it: up to %(files)d, of %(megabytes)d MB each.") % {
            "files": max_files(),
            "megabytes": megabytes(limits.limit_of_any()),
        }
        widget = FilesInput(attrs={"multiple": True, "class": "form-control"})
        # Not declared above: forms have an attribute of this name.
        self.fields["files"] = FilesField(label=_("Add files"), required=False, widget=widget, help_text=told)

    @property
    def value(self) -> QuickText:
        """Return the message; call on a valid form only."""
        return QuickText(self.cleaned_data["shortcut"], self.cleaned_data["text"])

    @cached_property
    def removed(self) -> list[UUID]:
        """Return the ids of the files that are to go."""
        return parse_uuids(cast(QueryDict, self.data).getlist("remove")) if self.is_bound else []

    @property
    def lost_files(self) -> bool:
        """Whether files came with the form: a browser doesn't choose them again when the form is shown again."""
        return bool(self.files)
