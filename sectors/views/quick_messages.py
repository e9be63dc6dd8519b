"""Pages of quick messages: a sector's, and a member's own in a project."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from core.body_size import takes_files
from core.exports import Column, cells, column_names, csv_response
from core.files.serving import send
from core.http import form_version, refusals_added_to, success_toast
from core.text import by_name
from core.throttling import limited
from orgs.access import Member, MemberRequest, public, requires
from sectors import message_variables as variables
from sectors import operations
from sectors.edit_conflicts import Difference, differences
from sectors.file_links import file_of
from sectors.forms.quick_messages import QuickForm
from sectors.models import QuickMessage, QuickMessageFile, Sector
from sectors.operations.quick_messages import MAX_QUICK_MESSAGES

from .base import EditView
from .sectors import find

COLUMNS: tuple[Column[QuickMessage], ...] = (
    Column("shortcut", lambda message: message.shortcut),
    Column("text", lambda message: message.text),
)


class Place:
    """The owner of a page's quick messages: a sector that the member configures, or the member."""

    def __init__(self, request: MemberRequest, sector: UUID | None) -> None:
        self.request = request
        self.member = request.member
        self.sector: Sector | None = find(self.member, sector) if sector else None

    @property
    def rows(self) -> Any:
        """Return the messages, ordered by shortcut, with their files."""
        owned = QuickMessage.objects.filter(project=self.member.project).prefetch_related("files")
        owned = owned.order_by(*by_name("shortcut"))
        return owned.filter(sector=self.sector) if self.sector else owned.filter(user=self.member.user)

    def row(self, pk: UUID) -> QuickMessage:
        """Return one message. Raises Http404."""
        return get_object_or_404(self.rows.select_related("project__organization", "sector", "user"), pk=pk)

    @property
    def owner(self) -> dict[str, Any]:
        """Return the owner as the operations take it."""
        return {"sector": self.sector} if self.sector else {"user": self.member.user}

    @property
    def list_url(self) -> str:
        if self.sector:
            return reverse("sectors:sector_quick", args=[self.member.project.pk, self.sector.pk])
        return reverse("sectors:quick", args=[self.member.project.pk])

    @property
    def context(self) -> dict[str, Any]:
        """Return the context that all templates need."""
        frame = "sectors/base_tab.html" if self.sector else "base.html"
        return {"sector": self.sector, "variables": variables.VARIABLES, "frame": frame}


def list_page(place: Place, form: QuickForm | None = None, *, status: int = 200, **more: Any) -> HttpResponse:
    """Return the page of an owner's messages."""
    mine = Sector.objects.configurable_by(place.member).live().order_by("position", *by_name())[:50]
    context = {
        **place.context,
        "form": form or QuickForm(),
        "rows": place.rows[:MAX_QUICK_MESSAGES],
        "sectors": [] if place.sector else list(mine),
        **more,
    }
    return render(place.request, "sectors/quick.html", context, status=status)


def _messages(request: MemberRequest, sector: UUID | None = None) -> HttpResponse:
    """List and add the quick messages of a sector, or the member's own."""
    place = Place(request, sector)
    form = QuickForm(request.POST, request.FILES) if request.method == "POST" else QuickForm()
    if form.is_valid():
        with refusals_added_to(form):
            files = form.cleaned_data["files"]
            operations.add_quick_messages(
                place.member.project, [form.value], by=request.actor, files=files, **place.owner
            )
            success_toast(request, _("The quick message is added."))
            return redirect(place.list_url)
    return list_page(place, form, status=422 if form.errors else 200)


class QuickMessageEdit(EditView):
    """Change a quick message, in the list or on a page of its own."""

    form_class = QuickForm
    template_name = "sectors/quick_message.html"
    in_place_template = "sectors/_quick_edit.html"
    context_object_name = "quick"

    def get_object(self) -> QuickMessage:
        self.place = Place(self.request, self.kwargs.get("sector"))
        return self.place.row(self.kwargs["quick"])

    def save(self, form: QuickForm, **based_on: Any) -> None:
        operations.change_quick_message(
            self.object, form.value, add=form.cleaned_data["files"], remove=form.removed, **based_on
        )

    def differences(self, form: QuickForm) -> list[Difference]:
        """Return what the form would overwrite: files are added to whichever are there."""
        return differences(form, {**self.get_initial(), "files": form.cleaned_data["files"]})

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(url=self.request.path, **self.place.context, **more)

    def get_success_url(self) -> str:
        return self.place.list_url


def _remove(request: MemberRequest, quick: UUID, sector: UUID | None = None) -> HttpResponse:
    place = Place(request, sector)
    operations.remove_quick_message(place.row(quick), by=request.actor, expected_version=form_version(request))
    success_toast(request, _("The quick message is removed."))
    return redirect(place.list_url)


def _export(request: MemberRequest, sector: UUID | None = None) -> HttpResponseBase:
    # The table has texts alone, as the one that is imported.
    rows = Place(request, sector).rows.exclude(text="").prefetch_related(None)[:MAX_QUICK_MESSAGES]
    return csv_response([column_names(COLUMNS), *(cells(COLUMNS, message) for message in rows)], "quick-messages")


@require_safe
@requires(Member.may_use_chats)
def file(request: MemberRequest, quick: UUID, quick_file: UUID) -> HttpResponseBase:
    """Send a file of a quick message that the member may use or edit."""
    found = _find_file(request, quick, quick_file)
    return send(
        request, found.file.name or "", content_type=found.content_type, name=found.name, tag=found.pk.hex
    )  # fmt: skip


@require_safe
@requires(Member.may_use_chats)
def file_thumbnail(request: MemberRequest, quick: UUID, quick_file: UUID) -> HttpResponseBase:
    """Send the thumbnail of such a file."""
    found = _find_file(request, quick, quick_file)
    if not found.thumbnail:
        raise Http404
    return send(
        request,
        found.thumbnail.name or "",
        content_type="image/webp",
        name=f"{found.name}.webp",
        tag=f"{found.pk.hex}-t",
    )


def _find_file(request: MemberRequest, quick: UUID, pk: UUID) -> QuickMessageFile:
    visible = QuickMessage.objects.visible_to(request.member).filter(pk=quick)
    return get_object_or_404(QuickMessageFile, pk=pk, message__in=visible)


def _shared(pk: UUID, name: str) -> QuickMessageFile | None:
    """Return a file unless what it belongs to is archived."""
    files = QuickMessageFile.objects.filter(pk=pk, name=name)
    live = Q(message__project__archived_at=None, message__project__organization__archived_at=None)
    return files.filter(live, Q(message__sector=None) | Q(message__sector__archived_at=None)).first()


@require_safe
@limited("shared_file", "1200/m/ip")
@public
def shared_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Send a file to anyone with its signed URL until that expires."""
    pk = file_of(token)
    found = _shared(pk, name) if pk else None
    if found is None:
        raise Http404
    return send(
        request, found.file.name or "", content_type=found.content_type, name=found.name, tag=found.pk.hex
    )  # fmt: skip


_of_person, _of_sector = requires(Member.may_use_chats), requires(Member.may_configure_some_sector)

own, of_sector = takes_files(_of_person(_messages)), takes_files(_of_sector(_messages))
own_message = takes_files(_of_person(QuickMessageEdit.as_view()))
sector_message = takes_files(_of_sector(QuickMessageEdit.as_view()))
own_remove, sector_remove = require_POST(_of_person(_remove)), require_POST(_of_sector(_remove))
own_export, sector_export = require_GET(_of_person(_export)), require_GET(_of_sector(_export))
