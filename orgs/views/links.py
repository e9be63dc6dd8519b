"""Links in e-mails about an account: a void one says why, and what to do next (docs/rules.md, Signing in)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.utils import url_str_to_user_pk
from allauth.account.views import ConfirmEmailView, PasswordResetFromKeyView
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from core.http import HtmxHttpRequest
from orgs.access import public
from orgs.accounts.reset_links import Void, why_void
from orgs.models import User


class _NewPassword(PasswordResetFromKeyView):
    """allauth's page, which also says why a link is void."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if context.get("token_fail"):
            context["reason"] = self._reason()
        return context

    def _reason(self) -> str:
        if not self.key:
            # The page behind the link, which keeps the key in the session.
            return _("This page was opened without its link. Open the link in the e-mail again, in this browser.")
        why, made_at = why_void(_named(self.kwargs["uidb36"]), self.key)
        days = settings.PASSWORD_RESET_TIMEOUT // 86400
        return {
            Void.USED: _("The password was changed after this link was sent: by this link, or in another way."),
            Void.SIGNED_IN: _("Somebody signed in to the account after this link was sent, which ends it."),
            Void.ADDRESS_CHANGED: _("The address of the account was changed after this link was sent."),
            Void.EXPIRED: ngettext(
                "It was sent on %(day)s, and such a link works for %(n)d day.",
                "It was sent on %(day)s, and such a link works for %(n)d days.",
                days,
            )
            % {"day": _day(made_at) if made_at else "", "n": days},
            Void.UNKNOWN: _never_sent(),
        }[why]


def _named(text: str) -> User | None:
    try:
        return User.objects.filter(pk=url_str_to_user_pk(text)).first()
    except (ValueError, ValidationError):
        return None


def _never_sent() -> str:
    return _("It is no link that was sent, or a part of it is missing. Copy it whole from the e-mail.")


class _ConfirmAddress(ConfirmEmailView):
    """allauth's page, which also says why a link is void."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(*args, **kwargs)
        except Http404:
            return self.get(*args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if not context["can_confirm"]:
            context["reason"] = _why_unconfirmed(self.kwargs["key"])
        return context


def _why_unconfirmed(key: str) -> str:
    """Return why a link confirms no address. The key is signed, so it proves that the link was sent."""
    days = app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS
    try:
        pk = signing.loads(key, salt=app_settings.SALT)
    except signing.BadSignature:
        return _never_sent()
    row = EmailAddress.objects.filter(pk=pk).first()
    if row is None:
        return _("The change was cancelled, or another address was given instead. Ask for a new link.")
    if row.verified:
        return _("This address is confirmed already. Sign in with it.")
    try:
        signing.loads(key, salt=app_settings.SALT, max_age=timedelta(days=days))
    except signing.SignatureExpired:
        sent_at = datetime.fromtimestamp(signing.b62_decode(key.rsplit(":", 2)[1]), UTC)
        return ngettext(
            "It was sent on %(day)s, and such a link works for %(n)d day. Ask for a new one.",
            "It was sent on %(day)s, and such a link works for %(n)d days. Ask for a new one.",
            days,
        ) % {"day": _day(sent_at), "n": days}
    return _("Someone already uses this address.")


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


_new_password, _confirm_address = _NewPassword.as_view(), _ConfirmAddress.as_view()


@never_cache
@sensitive_post_parameters()
@public
def new_password(request: HtmxHttpRequest, uidb36: str, key: str) -> HttpResponseBase:
    """Choose a new password by the link of an e-mail."""
    return _new_password(request, uidb36=uidb36, key=key)


@never_cache
@public
def confirm_address(request: HttpRequest, key: str) -> HttpResponseBase:
    """Confirm a new address by the link of an e-mail."""
    return _confirm_address(request, key=key)
