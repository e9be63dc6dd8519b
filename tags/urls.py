"""Addresses of the tags app."""

from django.urls import path

from . import views

app_name = "tags"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path(f"{_PROJECT}sectors/<uuid:sector>/tags/", views.tag_list, name="list"),
    path(f"{_PROJECT}tags/<uuid:tag>/rename/", views.tag_rename, name="rename"),
    path(f"{_PROJECT}tags/<uuid:tag>/archive/", views.tag_archive, name="archive"),
    path(f"{_PROJECT}tags/<uuid:tag>/restore/", views.tag_restore, name="restore"),
]
