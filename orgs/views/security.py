"""Security of one's own account: password, second factors, devices."""

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required, resume_request
from allauth.account.models import EmailAddress
from allauth.account.views import EmailView, PasswordSetView
from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.http import safe_next, success_toast
from orgs import operations
from orgs.access import SignedInRequest, impact, signed_in
from orgs.access.two_factor import has_wanted
from orgs.accounts import mail_codes, sessions
from orgs.accounts.oidc import PROVIDER

#: The page warns if this many recovery codes are left, or fewer.
FEW_CODES = 3


@require_GET
@never_cache
@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    """Show password, second factors, recovery codes left, devices, and identity providers."""
    user = request.user
    totp, keys, left = None, [], None
    for factor in Authenticator.objects.filter(user=user).order_by("created_at"):
        if factor.type == Authenticator.Type.TOTP:
            totp = factor
        elif factor.type == Authenticator.Type.WEBAUTHN:
            keys.append(factor)
        else:
            left = len(factor.wrap().get_unused_codes())
    devices = sessions.devices(request)
    context = {
        "totp": totp,
        "keys": keys,
        "two_steps": totp is not None or bool(keys),
        "codes_left": left,
        "codes_total": mfa.RECOVERY_CODE_COUNT,
        "few_codes": left is not None and left <= FEW_CODES,
        "devices": devices,
        "pending_address": EmailAddress.objects.filter(user=user, verified=False).first(),
        "connected": [
            {
                "pk": account.pk,
                "provider": account.get_provider_account().get_brand()["name"],
                "account": account,
                "closing": impact.provider_impact(user).sentences if settings.OIDC_TWO_FACTORS else [],
            }
            for account in SocialAccount.objects.filter(user=user, provider=PROVIDER).order_by("date_joined")
        ]
        # Identities of providers that are no longer configured can't be used.
        if settings.OIDC_ISSUER
        else [],
    }
    return render(request, "orgs/security.html", context)


@require_GET
@signed_in
def to_overview(request: SignedInRequest) -> HttpResponse:
    """Redirect allauth's separate lists, where its pages end, to our overview; or on to the page for which a second
    step was set up."""
    return redirect("orgs:second_step" if has_wanted(request) else "orgs:security")


@require_POST
@signed_in
def sign_out_device(request: SignedInRequest, device: int) -> HttpResponse:
    """Sign out on one device. An unknown device, or somebody else's, counts as signed out."""
    ended = sessions.end_session(request, device)
    if ended is not None:
        name = sessions.device_name(ended.user_agent)
        success_toast(request, _("Signed out: %(device)s.") % {"device": name})
    else:
        messages.info(request, _("That device was signed out already."))
    return redirect("orgs:security")


@require_POST
@signed_in
def sign_out_others(request: SignedInRequest) -> HttpResponse:
    number = sessions.end_other_sessions(request.user, request.session.session_key)
    text = ngettext("Signed out on one other device.", "Signed out on %(number)s other devices.", number)
    success_toast(request, text % {"number": number} if number else _("You are signed in on this device alone."))
    return redirect("orgs:security")


class _Email(EmailView):
    """allauth's e-mail page, without making an unconfirmed address the account's."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add an address, resend its confirmation, or remove it; allauth's action to select one by hand is left
        out."""
        if "action_primary" in request.POST:
            return redirect("account_email")
        return super().post(request, *args, **kwargs)


_email = _Email.as_view()
_password_set = PasswordSetView.as_view()


@never_cache
@signed_in
def email(request: SignedInRequest) -> HttpResponseBase:
    """Change one's address; the old one is kept until the new one is confirmed."""
    operations.record_own_address(request.user)
    return _email(request)


@never_cache
@sensitive_post_parameters()
@signed_in
def password_set(request: SignedInRequest) -> HttpResponseBase:
    """Set a first password; the library does not ask whether it is you."""
    raise_if_reauthentication_required(request, app="account")
    return _password_set(request)


@never_cache
@sensitive_post_parameters("code")
@signed_in
def reauthenticate_by_mail(request: SignedInRequest) -> HttpResponseBase:
    """Ask *Is it you?* with a code sent to the account's address, where there is neither password nor second step."""
    if not mail_codes.is_asked(request):
        return resume_request(request) or redirect("orgs:security")
    problem = ""
    if request.method == "POST" and "code" in request.POST:
        if mail_codes.accept_code(request, request.user, request.POST["code"]):
            return resume_request(request) or redirect("orgs:security")
        problem = _("That is not the code, or it has expired.")
    elif request.method == "POST":
        try:
            mail_codes.send_code(request, request.user)
        except DomainError as error:
            problem = str(error)
    context = {
        "problem": problem,
        "is_sent": mail_codes.has_code(request),
        "email": request.user.email,
        "next": safe_next(request, reverse("orgs:security")),
    }
    return render(request, "account/reauthenticate_mail.html", context, status=422 if problem else 200)


@signed_in
def connections(request: SignedInRequest) -> HttpResponseBase:
    """Disconnect an identity provider; connected ones are listed on the security page."""
    form = DisconnectForm(request.POST, request=request) if request.method == "POST" else None
    if form is not None and form.is_valid():
        form.save()
    elif form is not None and request.user.has_usable_password():
        messages.info(request, _("That was disconnected already."))
    elif form is not None:
        messages.error(request, _("Set a password first: without one you could not sign in any more."))
    return redirect("orgs:security")
