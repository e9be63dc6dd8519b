"""Addresses of the APIs."""

from django.urls import include, path

urlpatterns = [
    path("v1/external/", include("tickets.api.external.urls")),
]
