"""The stream's address, so that templates can name it: ``{% url 'live:stream' project=… %}``."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

app_name = "live"


@csrf_exempt
def elsewhere(request: HttpRequest, project: object) -> HttpResponse:
    """Answer 503: the request came to a server of pages, the stream is served by ``live.asgi``."""
    return HttpResponse(status=503, headers={"Retry-After": "30"})


# The stream asks for itself who may hear it; here is nothing to protect.
cast(Any, elsewhere).access_rule = "public"

urlpatterns = [path("live/<uuid:project>/", elsewhere, name="stream")]
