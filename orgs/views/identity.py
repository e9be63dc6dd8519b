"""Signing in through the operator's identity provider: redirect and callback."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from requests import RequestException

from core.throttling import limited
from orgs.access import public
from orgs.accounts.oidc import PROVIDER, Callback, Endpoints


@never_cache
@public
@limited("identity_provider", "60/m/ip")
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider.

    Through an intermediate page that redirects by itself: after a form, the provider's whole chain of redirects would
    have to be allowed by the form-action directive of every page.
    """
    answer = _run(request, provider_id, OAuth2LoginView)
    if answer.status_code != 302:
        return answer
    return render(request, "socialaccount/going.html", {"url": answer["Location"], "name": _name(request)})


@never_cache
@public
@limited("identity_provider", "60/m/ip")
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Handle the provider's callback, with a code or an error."""
    return _run(request, provider_id, Callback)


def _run(request: HttpRequest, provider_id: str, view: Any) -> HttpResponse:
    if provider_id != PROVIDER or not settings.OIDC_ISSUER:
        raise Http404
    try:
        return view.adapter_view(Endpoints(request, provider_id))(request)
    except (OAuth2Error, RequestException) as error:
        # allauth catches errors of the token exchange, but not of discovery.
        provider = get_adapter(request).get_provider(request, PROVIDER)
        return render_authentication_error(request, provider, exception=error)


def _name(request: HttpRequest) -> str:
    return str(get_adapter(request).get_provider(request, PROVIDER).name)
