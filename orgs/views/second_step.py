"""Setting up a second step where an organization asks for one, and removing one."""

from typing import Any

from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orgs.access import SignedInRequest, impact, signed_in
from orgs.access.two_factor import asking_organizations, has_two_factors, take_wanted


@require_GET
@never_cache
@signed_in
def second_step(request: SignedInRequest) -> HttpResponse:
    """Ask a person to set up a second step. Who has one goes on to the page that was closed to them."""
    if has_two_factors(request.user, request.session):
        return redirect(take_wanted(request) or "orgs:security")
    asking = list(asking_organizations(request.user)[: impact.NAMED + 1])
    if not asking:
        return redirect("orgs:security")
    context = {
        "organization": asking[0] if len(asking) == 1 else None,
        "names": impact.named([organization.name for organization in asking]),
    }
    return render(request, "orgs/two_factors_required.html", context)


class _RemoveApp(DeactivateTOTPView):
    """allauth's page, which also says what closes without the app."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closing = impact.second_factor_impact(self.authenticator, self.request.session)
        return {**super().get_context_data(**kwargs), "closing": closing.sentences}


class _RemoveKey(RemoveWebAuthnView):
    """allauth's page, which also says what closes without the key."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closing = impact.second_factor_impact(self.object, self.request.session)
        return {**super().get_context_data(**kwargs), "closing": closing.sentences}


_remove_app, _remove_key = _RemoveApp.as_view(), _RemoveKey.as_view()


@never_cache
@signed_in
def remove_app(request: SignedInRequest) -> HttpResponseBase:
    """Remove the authenticator app."""
    return _remove_app(request)


@never_cache
@signed_in
def remove_key(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Remove a passkey or security key."""
    return _remove_key(request, pk=pk)
