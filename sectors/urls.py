"""Addresses of the sectors app."""

from django.urls import path

from . import views

app_name = "sectors"
_SECTORS = "projects/<uuid:project>/sectors/"

urlpatterns = [
    path("projects/<uuid:project>/people/", views.people, name="people"),
    path(_SECTORS, views.sector_list, name="list"),
    path(f"{_SECTORS}<uuid:sector>/", views.sector_detail, name="detail"),
    path(f"{_SECTORS}<uuid:sector>/archive/", views.sector_archive, name="archive"),
    path(f"{_SECTORS}<uuid:sector>/restore/", views.sector_restore, name="restore"),
]
