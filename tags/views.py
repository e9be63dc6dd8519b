"""Pages of a sector's tags."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Conflict, DomainError
from core.form_fields import MAX_FOUND, clean_query
from core.http import add_refusal, edit_in_place, form_version, referer_url, split_names, success_toast
from core.pagination import listed
from core.text import Fold, folded
from orgs.access import Member, MemberRequest, requires
from sectors.edit_conflicts import differences
from sectors.models import Sector
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
    tags = Tag.objects.filter(pk=tag, sector__project=member.project, closed_by_flow=False)
    if not member.configures:
        tags = tags.filter(sector_id__in=member.managed_sector_ids)
    found = tags.select_related("sector__project__organization").first()
    if found is None:
        raise Http404
    return found


@requires(Member.may_configure_some_sector)
def tag_list(request: MemberRequest, sector: UUID) -> HttpResponse:
    """List a sector's tags, and add several at once."""
    member = request.member
    place = find_sector(member, sector)
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
            return redirect("tags:list", member.project.pk, place.pk)
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


@requires(Member.may_configure_some_sector)
def tag_detail(request: MemberRequest, tag: UUID) -> HttpResponse:
    """Show and edit a tag's name, description and colour, and offer to merge it."""
    member = request.member
    row = _find(member, tag)
    if request.method != "POST":
        return _tag_page(request, row, TagForm(initial=_saved(row)))
    form = TagForm(request.POST)
    if not form.is_valid():
        return _tag_page(request, row, form, status=422)
    try:
        operations.change_tag(row, by=request.actor, expected_version=form_version(request), **form.cleaned_data)
    except Conflict as error:
        row = _find(member, tag)
        form.add_error(None, str(error))
        return _tag_page(request, row, form, status=409, differences=differences(form, _saved(row)))
    except DomainError as error:
        add_refusal(form, error)
        return _tag_page(request, row, form, status=422)
    success_toast(request, _("Saved."))
    there = reverse("tags:list", args=[member.project.pk, row.sector_id])
    return redirect(referer_url(request, otherwise=there) if request.htmx else there)


def _saved(row: Tag) -> dict[str, Any]:
    return {"name": row.name, "description": row.description, "color": row.color}


def _tag_page(request: MemberRequest, row: Tag, form: TagForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"tag": row, "sector": row.sector, "form": form, "version": row.modified_at.isoformat(), **more}
    if request.htmx:
        return edit_in_place(request, "tags/_edit.html", f"tag-{row.pk}", form, context, status=status)
    context = {
        "merge": MergeForm(row),
        "uses": uses_of(row.pk, most=COUNTED),
        "counted": COUNTED,
        **context,
    }
    return render(request, "tags/detail.html", context, status=status)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_merge(request: MemberRequest, tag: UUID) -> HttpResponse:
    """Merge a tag into another one. Irreversible."""
    member = request.member
    row = _find(member, tag)
    merge = MergeForm(row, request.POST)
    if merge.is_valid():
        try:
            into = operations.merge_tags(row, merge.cleaned_data["into"], by=request.actor)
        except DomainError as error:
            add_refusal(merge, error)
        else:
            words = {"name": row.name, "into": into.name}
            success_toast(request, _("%(name)s is merged into %(into)s.") % words)
            return redirect("tags:list", member.project.pk, row.sector_id)
    return _tag_page(request, row, TagForm(initial=_saved(row)), status=422, merge=merge)


@require_GET
@requires(Member.may_configure_some_sector)
def tag_choices(request: MemberRequest, tag: UUID) -> JsonResponse:
    """Search the tags that this one can be merged into by name."""
    row = _find(request.member, tag)
    [words] = folded([clean_query(request.GET.get("q", ""))])
    found = others_of(row).alias(folded=Fold("name")).filter(folded__contains=words)[:MAX_FOUND]
    return JsonResponse({"choices": [{"value": str(other.pk), "text": other.name} for other in found]})


@require_POST
@requires(Member.may_configure_some_sector)
def tag_move(request: MemberRequest, tag: UUID) -> HttpResponse:
    member = request.member
    row = _find(member, tag)
    operations.move_tag(row, request.POST.get("step", ""), by=request.actor)
    return redirect(referer_url(request, otherwise=reverse("tags:list", args=[member.project.pk, row.sector_id])))


@require_POST
@requires(Member.may_configure_some_sector)
def tags_by_use(request: MemberRequest, sector: UUID) -> HttpResponse:
    member = request.member
    place = find_sector(member, sector)
    operations.order_tags_by_use(place, by=request.actor)
    success_toast(request, _("The tags stand in the order of their use in the last 90 days."))
    return redirect("tags:list", member.project.pk, place.pk)


@require_POST
@requires(Member.may_configure_some_sector)
def tags_import(request: MemberRequest, sector: UUID) -> HttpResponse:
    member = request.member
    place = find_sector(member, sector)
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
    return redirect("tags:list", member.project.pk, place.pk)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_archive(request: MemberRequest, tag: UUID) -> HttpResponse:
    """Archive a tag; a sector's last tag can't be archived."""
    member = request.member
    row = operations.archive_tag(_find(member, tag), by=request.actor)
    undo = reverse("tags:restore", args=[member.project.pk, row.pk])
    success_toast(request, _("%(name)s is archived. Its history stays.") % {"name": row.name}, undo=undo)
    return redirect("tags:list", member.project.pk, row.sector_id)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_restore(request: MemberRequest, tag: UUID) -> HttpResponse:
    member = request.member
    row = operations.restore_tag(_find(member, tag), by=request.actor)
    success_toast(request, _("%(name)s can be chosen again.") % {"name": row.name})
    return redirect("tags:list", member.project.pk, row.sector_id)
