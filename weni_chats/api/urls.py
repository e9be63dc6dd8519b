"""URLs of the APIs and their description."""

from django.urls import include, path, re_path

from . import description

urlpatterns = [
    path("v1/external/", include("tickets.api.external.urls")),
    path("v2/external/", include("tickets.api.external.v2_urls")),
    path("v1/generic/", include("tickets.api.generic.urls")),
    path("api/v1/", include("weni_chats.api.rest_urls")),
    re_path(r"^api/schema/?$", description.SchemaViewSet.as_view({"get": "retrieve"}), name="api_schema"),
    path("api/docs/", description.docs, name="api_docs"),
]
