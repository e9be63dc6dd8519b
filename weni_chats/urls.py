"""Addresses."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from weni_chats import admin_login, monitoring


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# Before its addresses are made.
admin.site.login = admin_login.operators_login  # type: ignore[assignment,method-assign]
admin.site.password_change = admin_login.operators_password  # type: ignore[assignment,method-assign]

urlpatterns = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("readyz", monitoring.readyz, name="readyz"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("", include("live.urls")),
    path("accounts/", include("orgs.account_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

for _app, _prefix in (
    ("orgs.urls", ""),
    ("setup.urls", ""),
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
