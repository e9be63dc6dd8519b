"""Signing in by an identity provider: for those who have an account or an invitation (docs/rules.md, Signing in)."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.shortcuts import render

from . import operations
from .access import Actor
from .models import User
from .web import client_address


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Nobody gets an account by having one elsewhere: what counts is the address, once the provider confirms it."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse who is neither known nor invited by a confirmed address. Raises ImmediateHttpResponse."""
        if sociallogin.is_existing or self._invited_address(sociallogin):
            return
        raise ImmediateHttpResponse(render(request, "socialaccount/unknown.html", status=403))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether an account may be made: for an invitation to the address that the provider confirms."""
        return bool(self._invited_address(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the account of somebody invited and join what they are invited to."""
        user: User = super().save_user(request, sociallogin, form)
        by = Actor(user=user, address=client_address(request), request_id=getattr(request, "request_id", ""))
        operations.accept_all(user, by=by)
        return user

    def _invited_address(self, sociallogin: SocialLogin) -> str:
        addresses = [address.email for address in sociallogin.email_addresses if address.verified]
        return next((address for address in addresses if operations.is_invited(address)), "")
