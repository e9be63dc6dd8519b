"""Importing quick messages from a file: columns are chosen and what it changes is shown before anything is done."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core.decoding import decode
from core.errors import Conflict, DomainError, Invalid
from core.form_fields import field_of
from core.http import check_complete, success_toast
from core.tables import Row, without_marks
from orgs.access import Member, MemberRequest, requires
from sectors import operations
from sectors.quick_import import (
    MAX_BYTES,
    MAX_COLUMNS,
    Columns,
    Plan,
    guess_columns,
    plan_import,
    read_rows,
    too_large,
)

from .quick_messages import Place, list_page

#: Rows that are shown to choose the columns by.
SHOWN_ROWS = 5


class ColumnsForm(forms.Form):
    """Which column is what."""

    shortcut = forms.TypedChoiceField(label=gettext_lazy("Column with the shortcut"), coerce=int)
    text = forms.TypedChoiceField(label=gettext_lazy("Column with the text"), coerce=int)
    has_heading = forms.BooleanField(label=gettext_lazy("The first row has the names of the columns"), required=False)

    def __init__(self, rows: list[Row], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(enumerate(column_labels(rows)))
        for name in ("shortcut", "text"):
            field_of(self, name, forms.ChoiceField).choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "shortcut" in data and data["shortcut"] == data.get("text"):
            self.add_error("text", _("Choose another column than the one with the shortcut."))
        return data

    @property
    def columns(self) -> Columns:
        """Return the columns; call on a valid form only."""
        data = self.cleaned_data
        return Columns(data["shortcut"], data["text"], data["has_heading"])


def column_labels(rows: list[Row]) -> list[str]:
    """Return the names of a table's columns: where they are in a spreadsheet, and what the first row says there."""
    width = min(max(len(row.cells) for row in rows), MAX_COLUMNS)
    letters = [chr(ord("A") + at) if at < 26 else "A" + chr(ord("A") + at - 26) for at in range(width)]
    firsts = [" ".join(rows[0].cell(at).split())[:40] for at in range(width)]
    return [f"{letter}: {first}" if first else letter for letter, first in zip(letters, firsts, strict=True)]


def _import(request: MemberRequest, sector: UUID | None = None) -> HttpResponse:
    """Show what a file would change, and do that once it was looked at."""
    place = Place(request, sector)
    try:
        content, rows = _table_of(request)
    except DomainError as error:
        return list_page(place, status=422, file_error=str(error))
    if "content" not in request.POST:
        columns, is_certain = guess_columns(rows)
        initial = {"shortcut": columns.shortcut, "text": columns.text, "has_heading": columns.has_heading}
        form = ColumnsForm(rows, initial=initial)
        plan = plan_import(rows, columns, place.rows) if is_certain else None
        return _page(place, content, rows, form, plan)
    form = ColumnsForm(rows, request.POST)
    if not form.is_valid():
        return _page(place, content, rows, form, None, status=422)
    plan = plan_import(rows, form.columns, place.rows)
    if request.POST.get("step") != "import":
        return _page(place, content, rows, form, plan)
    try:
        check_complete(request)
        return _imported(place, plan)
    except Conflict:
        said = _("This is not what was shown before: look at it again.")
        return _page(place, content, rows, form, plan_import(rows, form.columns, place.rows), 409, refused=said)
    except DomainError as error:
        return _page(place, content, rows, form, plan, 422, refused=str(error))


def _imported(place: Place, plan: Plan) -> HttpResponse:
    request = place.request
    if request.POST.get("fingerprint") != plan.fingerprint:
        raise Conflict
    if not plan.messages:
        raise Invalid(_("There is nothing to import."))
    done = operations.add_quick_messages(
        place.member.project,
        plan.messages,
        by=request.actor,
        replace=True,
        expected_versions=plan.versions,
        **place.owner,
    )
    sentence = ngettext("%(count)d quick message is imported.", "%(count)d quick messages are imported.", len(done))
    success_toast(request, sentence % {"count": len(done)})
    return redirect(place.list_url)


def _table_of(request: MemberRequest) -> tuple[str, list[Row]]:
    """Return the text of the file, uploaded or carried along by the page, and its rows. Raises Invalid."""
    content = request.POST.get("content")
    file = request.FILES.get("file")
    if content is None:
        if file is None:
            raise Invalid(_("Choose a CSV file."), field="file")
        if (file.size or 0) > MAX_BYTES:
            raise too_large()
        content = without_marks(decode(file.read()))
    return content, read_rows(content)


def _page(
    place: Place, content: str, rows: list[Row], form: ColumnsForm, plan: Plan | None, status: int = 200, **more: Any
) -> HttpResponse:
    labels = column_labels(rows)
    here = ["sectors:sector_quick_import", place.sector.pk] if place.sector else ["sectors:quick_import"]
    context = {
        **place.context,
        "content": content,
        "form": form,
        "labels": labels,
        "shown": [(row.number, [row.cell(at)[:200] for at in range(len(labels))]) for row in rows[:SHOWN_ROWS]],
        "plan": plan,
        "list_url": place.list_url,
        "url": reverse(str(here[0]), args=[place.member.project.pk, *here[1:]]),
        **more,
    }
    return render(place.request, "sectors/quick_import.html", context, status=status)


own_import = require_POST(requires(Member.may_use_chats)(_import))
sector_import = require_POST(requires(Member.may_configure_some_sector)(_import))
