"""Pages of the guide."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from orgs.access import SignedInRequest, signed_in

from .chapters import SLUGS, chapter_of, neighbours


@require_GET
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """List the chapters."""
    return render(request, "guide/index.html")


@require_GET
@signed_in
def chapter(request: SignedInRequest, chapter: str) -> HttpResponse:
    """Show a chapter in the language of the page."""
    if chapter not in SLUGS:
        raise Http404
    before, after = neighbours(chapter)
    context = {"chapter": chapter_of(chapter), "before": before, "after": after}
    return render(request, "guide/chapter.html", context)
