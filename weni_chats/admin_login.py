"""Login of the back office: the same as everybody's (docs/rules.md, Signing in)."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from core.http import safe_next
from orgs.access import SignedInRequest, public, signed_in


@never_cache
@public
def operators_login(request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
    """Redirect to the login page, or onwards if an operator is signed in. Raises PermissionDenied for anybody else.

    The stock login asks for a password only, without limiting attempts, and would bypass the second factor, even in
    organizations that require one.
    """
    following = safe_next(request, reverse("admin:index"))
    if not request.user.is_authenticated:
        return redirect_to_login(following)
    return _for_operators(request, following)


@secure_admin_login
def _for_operators(request: HttpRequest, following: str) -> HttpResponseBase:
    return redirect(following)


@signed_in
def operators_password(request: SignedInRequest, extra_context: Any = None) -> HttpResponseBase:
    """Redirect to the password page, which limits attempts, notifies the owner and ends other sessions; the stock one
    doesn't.
    """
    return redirect("account_change_password")
