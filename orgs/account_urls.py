"""Overrides of django-allauth's URLs; included before its own."""

from django.urls import path, re_path

from .views import identity, links, second_step, security

urlpatterns = [
    path("oidc/<str:provider_id>/login/", identity.begin, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", identity.back, name="openid_connect_callback"),
    path("reauthenticate/mail/", security.reauthenticate_by_mail, name="reauthenticate_by_mail"),
    path("password/set/", security.password_set, name="account_set_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        links.new_password,
        name="account_reset_password_from_key",
    ),
    path("confirm-email/<str:key>/", links.confirm_address, name="account_confirm_email"),
    path("email/", security.email, name="account_email"),
    path("2fa/", security.to_overview, name="mfa_index"),
    path("2fa/totp/deactivate/", second_step.remove_app, name="mfa_deactivate_totp"),
    path("2fa/webauthn/keys/<int:pk>/remove/", second_step.remove_key, name="mfa_remove_webauthn"),
    path("2fa/webauthn/", security.to_overview, name="mfa_list_webauthn"),
    path("sessions/", security.to_overview, name="usersessions_list"),
    path("3rdparty/", security.connections, name="socialaccount_connections"),
]
