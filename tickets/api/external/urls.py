"""URLs below ``/v1/external``; the trailing slash is optional, since a POST can't be redirected."""

from django.urls import re_path

from core.api.routing import Router

from . import views

router = Router()
router.register("rooms", views.RoomViewSet, "room")
router.register("queues", views.QueueViewSet, "queue")
router.register("sectors", views.SectorViewSet, "sector")

app_name = "external"
urlpatterns = [*router.urls, re_path(r"^msgs/?$", views.MessageViewSet.as_view({"post": "create"}), name="msgs")]
