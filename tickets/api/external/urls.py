"""Addresses below ``/v1/external``; the last slash may be missing, since a POST can't be redirected."""

from django.urls import re_path

from . import views

_UUID = r"(?P<room>[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12})"

app_name = "external"
urlpatterns = [
    re_path(r"^rooms/?$", views.Rooms.as_view(), name="rooms"),
    re_path(rf"^rooms/{_UUID}/?$", views.Room.as_view(), name="room"),
    re_path(rf"^rooms/{_UUID}/close/?$", views.RoomClose.as_view(), name="room_close"),
    re_path(rf"^rooms/{_UUID}/history/?$", views.RoomHistory.as_view(), name="room_history"),
    re_path(r"^msgs/?$", views.Messages.as_view(), name="msgs"),
    re_path(r"^queues/?$", views.Queues.as_view(), name="queues"),
    re_path(r"^sectors/?$", views.Sectors.as_view(), name="sectors"),
]
