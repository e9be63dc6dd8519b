"""The way into the operators' pages: the one everybody signs in by (docs/rules.md, Signing in)."""

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
    """Lead to the sign-in page, or on, where an operator is signed in. Raises PermissionDenied for anybody else.

    The stock page asks for a password alone, as often as anybody likes: who came in by it had shown no second step,
    in organizations that ask for one too.
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
    """Lead to the page where one's password is changed, which counts attempts, writes to the owner and ends the other
    sessions; the stock one does not."""
    return redirect("account_change_password")
