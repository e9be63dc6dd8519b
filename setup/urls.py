"""URLs of the set-up pages."""

from django.urls import path

from . import views
from .configuration import views as configuration

app_name = "setup"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path(_PROJECT, views.checklist, name="checklist"),
    path(f"{_PROJECT}start/", views.start, name="start"),
    path(f"{_PROJECT}sectors/new/", views.sector_new, name="sector_new"),
    path(f"{_PROJECT}sectors/<uuid:sector>/copy/", views.sector_copy, name="sector_copy"),
    path(f"{_PROJECT}configuration/", configuration.configuration, name="configuration"),
    path(f"{_PROJECT}configuration/export/", configuration.configuration_export, name="configuration_export"),
    path(f"{_PROJECT}configuration/apply/", configuration.configuration_apply, name="configuration_apply"),
    path(f"{_PROJECT}connect/", views.connect, name="connect"),
    path(f"{_PROJECT}connect/tokens/", views.token_create, name="token_create"),
    path(f"{_PROJECT}connect/tokens/<uuid:token>/revoke/", views.token_revoke, name="token_revoke"),
    path(f"{_PROJECT}connect/test/", views.test_ticket, name="test_ticket"),
]
