"""Pages of a sector's tags."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.form_fields import MAX_FOUND, clean_query
from core.http import form_of, referer_url, refusals_added_to, split_names, success_toast
from core.pagination import listed
from core.text import search_by_name
from orgs.access import Member, MemberRequest, requires
from sectors.models import Sector
from sectors.views.base import EditView
from sectors.views.sectors import find as find_sector

from . import operations
from .forms import MergeForm, TagForm, others_of
from .hooks import uses_of
from .models import Tag

#: Maximum number of submitted names that the form shows again.
MAX_TYPED = 500
#: Where counting a tag's tickets stops.
COUNTED = 1000


def _find(member: Member, tag: UUID) -> Tag:
    tags = Tag.objects.configurable_by(member).select_related("sector__project__organization")
    return get_object_or_404(tags, pk=tag, closed_by_flow=False)


@requires(Member.may_configure_some_sector)
def tag_list(request: MemberRequest, sector: UUID) -> HttpResponse:
    """List a sector's tags, and add several at once."""
    place = find_sector(request.member, sector)
    names: list[str] = []
    errors: list[str] = []
    if request.method == "POST":
        names = split_names(request.POST.getlist("tags"))
        try:
            if not names:
                raise DomainError(_("Type at least one tag."), code="invalid", field="tags")
            added = operations.add_tags(place, names, by=request.actor)
        except DomainError as error:
            errors.append(str(error))
        else:
            count = len(added)
            success_toast(request, ngettext("%(n)d tag added.", "%(n)d tags added.", count) % {"n": count})
            return redirect("tags:list", request.member.project.pk, place.pk)
    return _list_page(request, place, names=[name[:200] for name in names[:MAX_TYPED]], errors=errors)


def _list_page(request: MemberRequest, place: Sector, **more: Any) -> HttpResponse:
    archived = request.GET.get("archived") == "1"
    rows = Tag.objects.filter(sector=place, archived_at__isnull=not archived).select_related("merged_into")
    page = listed(request, rows)
    used = operations.recent_usage([tag.pk for tag in page.rows])
    context = {
        "sector": place,
        "page": page,
        "tags": [(tag, used.get(tag.pk, 0)) for tag in page.rows],
        "archived": archived,
        "many": len(page.rows) > 1,
        **more,
    }
    status = 422 if more.get("errors") or more.get("import_error") else 200
    return render(request, "tags/list.html", context, status=status)


class TagEdit(EditView):
    """Show and edit a tag's name, description and colour, and offer to merge it."""

    form_class = TagForm
    template_name = "tags/detail.html"
    in_place_template = "tags/_edit.html"
    context_object_name = "tag"
    find = staticmethod(_find)
    operation = staticmethod(operations.change_tag)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        if not self.request.htmx:
            more = {
                "merge": MergeForm(self.object),
                "uses": uses_of(self.object.pk, most=COUNTED),
                "counted": COUNTED,
                **more,
            }
        return super().get_context_data(sector=self.object.sector, **more)

    def get_success_url(self) -> str:
        there = reverse("tags:list", args=[self.request.member.project.pk, self.object.sector_id])
        return referer_url(self.request, otherwise=there) if self.request.htmx else there


class TagMerge(TagEdit):
    """Merge a tag into another one. Irreversible."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        merge = MergeForm(self.object, request.POST)
        if merge.is_valid():
            with refusals_added_to(merge):
                into = operations.merge_tags(self.object, merge.cleaned_data["into"], by=self.request.actor)
                words = {"name": self.object.name, "into": into.name}
                success_toast(request, _("%(name)s is merged into %(into)s.") % words)
                return redirect("tags:list", self.request.member.project.pk, self.object.sector_id)
        return self.show(TagForm(initial=self.get_initial()), status=422, merge=merge)


tag_detail = requires(Member.may_configure_some_sector)(TagEdit.as_view())
tag_merge = form_of("tags:detail", "project", "tag")(requires(Member.may_configure_some_sector)(TagMerge.as_view()))


@require_GET
@requires(Member.may_configure_some_sector)
def tag_choices(request: MemberRequest, tag: UUID) -> JsonResponse:
    """Search the tags that this one can be merged into by name."""
    row = _find(request.member, tag)
    found = search_by_name(others_of(row), clean_query(request.GET.get("q", "")))[:MAX_FOUND]
    return JsonResponse({"choices": [{"value": str(other.pk), "text": other.name} for other in found]})


@require_POST
@requires(Member.may_configure_some_sector)
def tag_move(request: MemberRequest, tag: UUID) -> HttpResponse:
    row = _find(request.member, tag)
    operations.move_tag(row, request.POST.get("step", ""), by=request.actor)
    there = reverse("tags:list", args=[request.member.project.pk, row.sector_id])
    return redirect(referer_url(request, otherwise=there))


@require_POST
@requires(Member.may_configure_some_sector)
def tags_by_use(request: MemberRequest, sector: UUID) -> HttpResponse:
    place = find_sector(request.member, sector)
    operations.order_tags_by_use(place, by=request.actor)
    success_toast(request, _("The tags stand in the order of their use in the last 90 days."))
    return redirect("tags:list", request.member.project.pk, place.pk)


@form_of("tags:list", "project", "sector")
@requires(Member.may_configure_some_sector)
def tags_import(request: MemberRequest, sector: UUID) -> HttpResponse:
    place = find_sector(request.member, sector)
    pasted = request.POST.get("pasted", "")
    try:
        added, left_out = operations.import_tags(place, pasted, by=request.actor)
    except DomainError as error:
        return _list_page(request, place, pasted=pasted[: operations.LONGEST_LIST], import_error=str(error))
    count = len(added)
    sentence = ngettext("%(n)d tag added.", "%(n)d tags added.", count) % {"n": count}
    if left_out:
        more = ngettext("%(n)d was there already.", "%(n)d were there already.", len(left_out)) % {"n": len(left_out)}
        sentence = f"{sentence} {more}"
    success_toast(request, sentence)
    return redirect("tags:list", request.member.project.pk, place.pk)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_archive(request: MemberRequest, tag: UUID) -> HttpResponse:
    """Archive a tag; a sector's last tag can't be archived."""
    row = operations.archive_tag(_find(request.member, tag), by=request.actor)
    undo = reverse("tags:restore", args=[request.member.project.pk, row.pk])
    success_toast(request, _("%(name)s is archived. Its history stays.") % {"name": row.name}, undo=undo)
    return redirect("tags:list", request.member.project.pk, row.sector_id)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_restore(request: MemberRequest, tag: UUID) -> HttpResponse:
    row = operations.restore_tag(_find(request.member, tag), by=request.actor)
    success_toast(request, _("%(name)s can be chosen again.") % {"name": row.name})
    return redirect("tags:list", request.member.project.pk, row.sector_id)
