"""Addresses of the queues app."""

from django.urls import path

from . import pause_views, views

app_name = "queues"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path(f"{_PROJECT}sectors/<uuid:sector>/queues/", views.queue_list, name="list"),
    path(f"{_PROJECT}sectors/<uuid:sector>/queues/new/", views.queue_new, name="new"),
    path(f"{_PROJECT}queues/<uuid:queue>/", views.queue_detail, name="detail"),
    path(f"{_PROJECT}queues/<uuid:queue>/archive/", views.queue_archive, name="archive"),
    path(f"{_PROJECT}queues/<uuid:queue>/hold/", views.queue_hold, name="hold"),
    path(f"{_PROJECT}queues/<uuid:queue>/move/", views.queue_move, name="move"),
    path(f"{_PROJECT}queues/<uuid:queue>/restore/", views.queue_restore, name="restore"),
    path(f"{_PROJECT}pauses/", pause_views.pauses, name="pauses"),
    path(f"{_PROJECT}pauses/<uuid:reason>/", pause_views.pause, name="pause"),
    path(f"{_PROJECT}pauses/<uuid:reason>/archive/", pause_views.pause_archive, name="pause_archive"),
    path(f"{_PROJECT}pauses/<uuid:reason>/restore/", pause_views.pause_restore, name="pause_restore"),
]
