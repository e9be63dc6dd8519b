"""Addresses of the sign-in library that lead somewhere else here. They come before the library's own."""

from django.urls import path

from .views import security

urlpatterns = [
    path("email/", security.email, name="account_email"),
    path("2fa/", security.to_overview, name="mfa_index"),
    path("2fa/webauthn/", security.to_overview, name="mfa_list_webauthn"),
    path("sessions/", security.to_overview, name="usersessions_list"),
    path("3rdparty/", security.connections, name="socialaccount_connections"),
]
