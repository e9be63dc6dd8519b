"""Addresses."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from weni_chats import entrance, health, metrics


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# Before its addresses are made.
admin.site.login = entrance.operators_login  # type: ignore[assignment,method-assign]
admin.site.password_change = entrance.operators_password  # type: ignore[assignment,method-assign]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("live.urls")),
    path("accounts/", include("orgs.account_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

for _app, _prefix in (
    ("orgs.urls", ""),
    ("weni_chats.setup.urls", ""),
    ("weni_chats.palette.urls", ""),
    ("sectors.urls", ""),
    ("queues.urls", ""),
    ("tags.urls", ""),
    ("tickets.urls", ""),
    ("reports.urls", ""),
    ("weni_chats.api.urls", ""),
):
    if _exists(_app):
        urlpatterns.append(path(_prefix, include(_app)))
