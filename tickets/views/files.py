"""Files of a conversation: upload, removal, access for people and for the flow engine."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from core.body_size import announced_length
from core.errors import Invalid
from core.files.serving import send
from core.http import is_scripted, parse_uuid, referer_url
from core.throttling import limited
from orgs.access import Member, MemberRequest, public, requires
from sectors.models import QuickMessage
from tickets import operations
from tickets.desk.permitted_actions import permitted_actions
from tickets.files.limits import file_too_large
from tickets.files.links import attachment_of
from tickets.models import Attachment, Upload

from .common import find_ticket, says_refusals

#: Overhead of a form around its files, in bytes.
_AROUND = 64 * 1024
#: Up to this multiple of the limit a body is rejected with a message; beyond that unread.
_TIMES = 4
#: Files asked for at once, at most.
_MAX_FILES_SHOWN = 50


def is_too_long(request: HttpRequest, files: int) -> bool:
    """Return whether the declared length of a request is far more than that many files can have."""
    return announced_length(request) > _TIMES * files * settings.FILE_MAX_BYTES + _AROUND


@csrf_exempt  # CSRF is checked below, once the size of the body is known to be acceptable.
@require_POST
@requires(Member.may_use_chats)
@says_refusals
def upload(request: MemberRequest, ticket: UUID) -> HttpResponseBase:
    """Store a file (``file``) for a message being written; returns its id and type (201)."""
    if is_too_long(request, 1):
        raise file_too_large()
    return _upload(request, ticket)


@csrf_protect
def _upload(request: MemberRequest, ticket: UUID) -> HttpResponseBase:
    found = find_ticket(request, ticket)
    file = request.FILES.get("file")
    if file is None:
        raise Invalid(_("Choose a file first."), code="file_empty", field="files")
    added = add(request, found.pk, file)
    return JsonResponse(_facts(added), status=201)


def _facts(added: Upload) -> dict[str, Any]:
    return {"id": added.pk, "name": added.name, "size": added.size, "type": added.content_type}


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def quick(request: MemberRequest, ticket: UUID, quick: UUID) -> HttpResponseBase:
    """Store copies of a quick message's files for a message being written; returns them as ``upload`` does (201)."""
    try:
        added = operations.add_quick_files(find_ticket(request, ticket).pk, quick, by=request.actor)
    except QuickMessage.DoesNotExist:
        raise Http404 from None
    return JsonResponse({"files": [_facts(upload) for upload in added]}, status=201)


def add(request: MemberRequest, ticket: UUID, file: Any) -> Upload:
    """Store a file of a form for its sender."""
    actor = request.actor
    return operations.add_file(ticket, file, file.name or "", by=actor)


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def remove(request: MemberRequest, ticket: UUID, upload: UUID) -> HttpResponse:
    """Delete one's own unsent file."""
    try:
        operations.discard_file(find_ticket(request, ticket).pk, upload, by=request.actor)
    except Upload.DoesNotExist:
        raise Http404 from None
    return HttpResponse(status=204)


@require_safe
@requires(Member.may_use_chats)
def original(request: MemberRequest, ticket: UUID, file: UUID) -> HttpResponseBase:
    """Send a file of a conversation that the member sees."""
    return _send(request, _find(request, ticket, file))


@require_safe
@requires(Member.may_use_chats)
def thumbnail(request: MemberRequest, ticket: UUID, file: UUID) -> HttpResponseBase:
    """Send the thumbnail of a file of a conversation that the member sees."""
    found = _find(request, ticket, file)
    if not found.thumbnail:
        raise Http404
    name = f"{found.name}.webp"
    return send(
        request, found.thumbnail.name or "", content_type="image/webp", name=name, tag=f"{found.pk.hex}-t"
    )  # fmt: skip


def _find(request: MemberRequest, ticket: UUID, file: UUID) -> Attachment:
    """Return a stored file of a ticket the member may see. Raises Http404 for any other, whether it exists or not."""
    seen = find_ticket(request, ticket)
    return get_object_or_404(Attachment.objects.exclude(file=""), pk=file, message__ticket=seen)


@require_safe
@never_cache
@requires(Member.may_use_chats)
def fragment(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show files of the conversation in their current state: those whose ids are in ``of``, separated by commas."""
    found = find_ticket(request, ticket)
    keys = [key for key in map(parse_uuid, request.GET.get("of", "").split(",")[:_MAX_FILES_SHOWN]) if key]
    files = Attachment.objects.filter(pk__in=keys, message__ticket=found)
    context = {"ticket": found, "files": files, "possible": permitted_actions(found, request.member)}
    return render(request, "tickets/_files.html", context)


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def fetch_again(request: MemberRequest, ticket: UUID, file: UUID) -> HttpResponse:
    """Have a file of the channel fetched (again). 204; without JavaScript, back to the page it was asked on."""
    found = find_ticket(request, ticket)
    try:
        operations.fetch_again(found.pk, file, by=request.actor)
    except Attachment.DoesNotExist:
        raise Http404 from None
    if is_scripted(request):
        return HttpResponse(status=204)
    page = reverse("tickets:ticket", args=[found.project_id, found.pk])
    return HttpResponseRedirect(referer_url(request, otherwise=page))


@require_safe
@limited("shared_file", "1200/m/ip")
@public
def shared(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Send a file to anyone with its signed URL until that expires."""
    pk = attachment_of(token)
    found = Attachment.objects.exclude(file="").filter(pk=pk, name=name).first() if pk else None
    if found is None:
        raise Http404
    return _send(request, found)


def _send(request: HttpRequest, found: Attachment) -> HttpResponseBase:
    return send(
        request, found.file.name or "", content_type=found.served_type, name=found.name, tag=found.pk.hex
    )  # fmt: skip
