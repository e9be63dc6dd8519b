"""URLs of the project."""

from django.contrib import admin
from django.urls import include, path

from weni_chats import admin_login, admin_mail, monitoring

# Must run before the admin's URLs are built. The type checker rejects assigning a function to a method.
admin.site.login = admin_login.operators_login  # type: ignore[assignment,method-assign]
admin.site.password_change = admin_login.operators_password  # type: ignore[assignment,method-assign]

urlpatterns = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("readyz", monitoring.readyz, name="readyz"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("", include("live.urls")),
    path("accounts/", include("orgs.account_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/mail/", admin_mail.mail, name="outgoing_mail"),
    path("admin/", admin.site.urls),
    path("", include("orgs.urls")),
    path("", include("setup.urls")),
    path("", include("guide.urls")),
    path("", include("weni_chats.palette.urls")),
    path("", include("sectors.urls")),
    path("", include("queues.urls")),
    path("", include("tags.urls")),
    path("", include("tickets.urls")),
    path("", include("reports.urls")),
    path("", include("active_messages.urls")),
    path("", include("weni_chats.api.urls")),
]

handler500 = "weni_chats.error_pages.server_error"
