"""URLs of the tags app."""

from django.urls import path

from . import views

app_name = "tags"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path(f"{_PROJECT}sectors/<uuid:sector>/tags/", views.tag_list, name="list"),
    path(f"{_PROJECT}sectors/<uuid:sector>/tags/by-use/", views.tags_by_use, name="by_use"),
    path(f"{_PROJECT}sectors/<uuid:sector>/tags/import/", views.tags_import, name="import"),
    path(f"{_PROJECT}tags/<uuid:tag>/", views.tag_detail, name="detail"),
    path(f"{_PROJECT}tags/<uuid:tag>/merge/", views.tag_merge, name="merge"),
    path(f"{_PROJECT}tags/<uuid:tag>/choices/", views.tag_choices, name="choices"),
    path(f"{_PROJECT}tags/<uuid:tag>/move/", views.tag_move, name="move"),
    path(f"{_PROJECT}tags/<uuid:tag>/archive/", views.tag_archive, name="archive"),
    path(f"{_PROJECT}tags/<uuid:tag>/restore/", views.tag_restore, name="restore"),
]
