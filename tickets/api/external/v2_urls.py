"""URLs below ``/v2/external``."""

from core.api.routing import Router

from . import read_views

router = Router()
router.register("rooms_metrics", read_views.RoomFiguresV2ViewSet, "room_metric")

app_name = "external_v2"
urlpatterns = router.urls
