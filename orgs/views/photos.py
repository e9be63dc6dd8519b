"""People's photos: show, upload, remove."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST, require_safe

from core import images
from core.body_size import announced_length
from core.errors import DomainError, Invalid
from core.http import form_of, success_toast
from core.throttling import limited
from orgs import operations
from orgs.access import SignedInRequest, may_see_person, person_of_photo, public, signed_in
from orgs.models import User

from .home import profile_page

#: Larger request bodies are refused unread. Below this, a file over the limit is read and refused with a message.
MAX_READ = 4 * images.MAX_BYTES
#: The URL changes with each photo, so browsers can cache it for ever.
_YEAR = 365 * 24 * 3600


@require_GET
@signed_in
def photo(request: SignedInRequest, user: UUID, name: str) -> HttpResponse:
    """Serve the current photo, large or small, of a person who shares an organization with the user."""
    if not may_see_person(request.user, user):
        raise Http404
    return _send(user, name)


@require_safe
@limited("shared_photo", "1200/m/ip")
@public
def shared_photo(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """Send a current photo to anyone with its signed URL until that expires."""
    user = person_of_photo(token)
    if user is None:
        raise Http404
    return _send(user, name)


def _send(user: UUID, name: str) -> HttpResponse:
    """Return the photo with this name, if the person still has it. Raises Http404."""
    person = User.objects.only("photo").filter(pk=user).first()
    if person is None or not name or name not in (person.photo_name, person.small_photo_name):
        raise Http404
    large = person.photo.name or ""
    picture = images.read(large if name == person.photo_name else images.small_name(large))
    if picture is None:
        raise Http404
    response = HttpResponse(picture, content_type="image/webp")
    response["Cache-Control"] = f"private, max-age={_YEAR}, immutable"
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@csrf_exempt  # Checked below, once the size of the body is acceptable.
@form_of("orgs:profile")
@signed_in
def profile_photo(request: SignedInRequest) -> HttpResponseBase:
    if announced_length(request) > MAX_READ:
        return profile_page(request, photo_error=str(images.file_too_large()))
    return _set_photo(request)


@csrf_protect
def _set_photo(request: SignedInRequest) -> HttpResponseBase:
    try:
        file = request.FILES.get("photo")
        if file is None:
            raise Invalid(_("Choose a picture first."), code="photo_empty", field="photo")
        operations.set_photo(request.user, file)
    except DomainError as error:
        return profile_page(request, photo_error=str(error))
    success_toast(request, _("Your photo is saved."))
    return redirect("orgs:profile")


@require_POST
@signed_in
def profile_photo_remove(request: SignedInRequest) -> HttpResponseBase:
    operations.remove_photo(request.user)
    success_toast(request, _("Your photo is removed."))
    return redirect("orgs:profile")
