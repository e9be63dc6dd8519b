"""Addresses of the queues app."""

from django.urls import path

from . import views

app_name = "queues"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path(f"{_PROJECT}sectors/<uuid:sector>/queues/new/", views.queue_new, name="new"),
    path(f"{_PROJECT}queues/<uuid:queue>/", views.queue_detail, name="detail"),
    path(f"{_PROJECT}queues/<uuid:queue>/archive/", views.queue_archive, name="archive"),
    path(f"{_PROJECT}queues/<uuid:queue>/restore/", views.queue_restore, name="restore"),
]
