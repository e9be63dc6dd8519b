"""The page of a sector's tags."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from orgs.access import Member, requires
from orgs.errors import DomainError
from orgs.web import say_done, split_names
from sectors.views import find as find_sector

from . import operations
from .models import Tag

PAGE = 500


def _find(member: Member, tag: UUID) -> Tag:
    tags = Tag.objects.filter(pk=tag, sector__project=member.project, closed_by_flow=False)
    if not member.configures:
        tags = tags.filter(sector_id__in=member.managed_sector_ids)
    found = tags.select_related("sector__project__organization").first()
    if found is None:
        raise Http404
    return found


@requires(Member.may_configure_some_sector)
def tag_list(request: HttpRequest, sector: UUID) -> HttpResponse:
    """The tags of a sector; add several, then save."""
    member: Member = request.member  # type: ignore[attr-defined]
    place = find_sector(member, sector)
    names: list[str] = []
    errors: list[str] = []
    if request.method == "POST":
        names = split_names(request.POST.getlist("tags"))
        try:
            if not names:
                raise DomainError(_("Type at least one tag."), code="invalid", field="tags")
            added = operations.add_tags(place, names, by=request.actor)  # type: ignore[attr-defined]
        except DomainError as error:
            errors.append(str(error))
        else:
            count = len(added)
            say_done(request, ngettext("%(n)d tag added.", "%(n)d tags added.", count) % {"n": count})
            return redirect("tags:list", member.project.pk, place.pk)
    context = {
        "sector": place,
        "tags": place.tags.live().order_by("position", "name")[:PAGE],
        "archived": place.tags.archived().order_by("name")[:PAGE],
        "names": [name[:200] for name in names[:PAGE]],
        "errors": errors,
    }
    return render(request, "tags/list.html", context, status=422 if errors else 200)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_rename(request: HttpRequest, tag: UUID) -> HttpResponse:
    """Rename a tag."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.rename_tag(_find(member, tag), request.POST.get("name", ""), by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("Saved."))
    return redirect("tags:list", member.project.pk, row.sector_id)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_archive(request: HttpRequest, tag: UUID) -> HttpResponse:
    """Archive a tag; the last one refuses."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.archive_tag(_find(member, tag), by=request.actor)  # type: ignore[attr-defined]
    undo = reverse("tags:restore", args=[member.project.pk, row.pk])
    say_done(request, _("%(name)s is archived. Its history stays.") % {"name": row.name}, undo=undo)
    return redirect("tags:list", member.project.pk, row.sector_id)


@require_POST
@requires(Member.may_configure_some_sector)
def tag_restore(request: HttpRequest, tag: UUID) -> HttpResponse:
    """Bring an archived tag back."""
    member: Member = request.member  # type: ignore[attr-defined]
    row = operations.restore_tag(_find(member, tag), by=request.actor)  # type: ignore[attr-defined]
    say_done(request, _("%(name)s can be chosen again.") % {"name": row.name})
    return redirect("tags:list", member.project.pk, row.sector_id)
