"""Coming in by an invitation."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from orgs import operations
from orgs.access import Actor, public
from orgs.errors import DomainError
from orgs.forms import AccountForm
from orgs.models import Invitation, User
from orgs.web import add_refusal, say_done


@never_cache
@sensitive_post_parameters("password")
@public
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join: at once for the signed-in holder of the address, with a new account for anyone else who has the link."""
    try:
        found = operations.usable_invitation(token[:200])
    except DomainError as error:
        return _refused(request, error)
    user = request.user
    if user.is_authenticated:
        if user.email.lower() != found.email.lower():
            return render(request, "orgs/invitation_other.html", {"invitation": found}, status=403)
        if request.method == "POST":
            return _join(request, token, user)
        return render(request, "orgs/invitation_join.html", {"invitation": found})
    if User.objects.filter(email__iexact=found.email).exists():
        return redirect(f"{_sign_in_url()}?next={request.path}")
    form = AccountForm(found.email, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            user = operations.create_account(
                found.email,
                form.cleaned_data["password"],
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return _join(request, token, user)
    context = {"invitation": found, "form": form}
    return render(request, "orgs/invitation.html", context, status=422 if form.errors else 200)


def _sign_in_url() -> str:
    return resolve_url(settings.LOGIN_URL)


def _join(request: HttpRequest, token: str, user: User) -> HttpResponse:
    try:
        accepted: Invitation = operations.accept(token, user, by=Actor.person(user, request))
    except DomainError as error:
        return _refused(request, error)
    say_done(request, _("Welcome to %(organization)s.") % {"organization": accepted.organization.name})
    if accepted.project_id:
        return redirect("orgs:project_home", accepted.project_id)
    return redirect("orgs:home")


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return render(request, "orgs/invitation_unusable.html", {"sentence": str(error)}, status=error.status)
