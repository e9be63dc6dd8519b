"""Overrides of django-allauth's URLs; included before its own."""

from django.urls import path

from .views import identity, security

urlpatterns = [
    path("oidc/<str:provider_id>/login/", identity.begin, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", identity.back, name="openid_connect_callback"),
    path("reauthenticate/mail/", security.reauthenticate_by_mail, name="reauthenticate_by_mail"),
    path("password/set/", security.password_set, name="account_set_password"),
    path("email/", security.email, name="account_email"),
    path("2fa/", security.to_overview, name="mfa_index"),
    path("2fa/webauthn/", security.to_overview, name="mfa_list_webauthn"),
    path("sessions/", security.to_overview, name="usersessions_list"),
    path("3rdparty/", security.connections, name="socialaccount_connections"),
]
