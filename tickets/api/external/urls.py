"""URLs below ``/v1/external``; the trailing slash is optional, since a POST can't be redirected."""

from django.urls import re_path

from core.api.routing import Router

from . import read_views, views

router = Router()
router.register("rooms", views.RoomViewSet, "room")
router.register("queues", views.QueueViewSet, "queue")
router.register("sectors", views.SectorViewSet, "sector")
router.register("list_rooms", read_views.ListedRoomViewSet, "listed_room")
router.register("rooms_metrics", read_views.RoomFiguresViewSet, "room_metric")
router.register("room_messages", read_views.RoomMessageViewSet, "room_message")
router.register("agents", read_views.AgentViewSet, "agent")
router.register("agents_status", read_views.AgentStatusViewSet, "agent_state")
router.register("room_agent", read_views.RoomAgentViewSet, "room_agent")
router.register("custom_field", read_views.CustomFieldViewSet, "custom_field")

app_name = "external"
urlpatterns = [
    *router.urls,
    re_path(r"^msgs/?$", views.MessageViewSet.as_view({"get": "list", "post": "create"}), name="msgs"),
]
