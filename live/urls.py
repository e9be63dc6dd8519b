"""The stream's URL, so that templates can reverse it: ``{% url 'live:stream' project=… %}``."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

app_name = "live"


@csrf_exempt
def elsewhere(request: HttpRequest, project: object) -> HttpResponse:
    """Respond with 503: this server serves pages only, the stream is served by ``live.asgi``."""
    return HttpResponse(status=503, headers={"Retry-After": "30"})


# The stream checks permissions itself; there is nothing to protect here.
cast(Any, elsewhere).access_rule = "public"

urlpatterns = [path("live/<uuid:project>/", elsewhere, name="stream")]
