"""URLs of the queues app."""

from django.urls import path

from .views import pause_reasons, queues

app_name = "queues"
_PROJECT = "projects/<uuid:project>/"

urlpatterns = [
    path(f"{_PROJECT}sectors/<uuid:sector>/queues/", queues.queue_list, name="list"),
    path(f"{_PROJECT}sectors/<uuid:sector>/queues/new/", queues.queue_new, name="new"),
    path(f"{_PROJECT}queues/<uuid:queue>/", queues.queue_detail, name="detail"),
    path(f"{_PROJECT}queues/<uuid:queue>/archive/", queues.queue_archive, name="archive"),
    path(f"{_PROJECT}queues/<uuid:queue>/hold/", queues.queue_hold, name="hold"),
    path(f"{_PROJECT}queues/<uuid:queue>/move/", queues.queue_move, name="move"),
    path(f"{_PROJECT}queues/<uuid:queue>/restore/", queues.queue_restore, name="restore"),
    path(f"{_PROJECT}pauses/", pause_reasons.pauses, name="pauses"),
    path(f"{_PROJECT}pauses/<uuid:reason>/", pause_reasons.pause, name="pause"),
    path(f"{_PROJECT}pauses/<uuid:reason>/archive/", pause_reasons.pause_archive, name="pause_archive"),
    path(f"{_PROJECT}pauses/<uuid:reason>/restore/", pause_reasons.pause_restore, name="pause_restore"),
]
