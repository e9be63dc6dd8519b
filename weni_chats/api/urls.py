"""Addresses of the APIs."""

from django.urls import include, path

urlpatterns = [
    path("v1/external/", include("tickets.api.external.urls")),
    path("api/v1/", include("weni_chats.api.rest_urls")),
]
