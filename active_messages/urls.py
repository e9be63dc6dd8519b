"""URLs of active messages."""

from django.urls import path

from .views import engine, starting, starts

app_name = "active_messages"

_ENGINE = "projects/<uuid:project>/connect/engine/"
_STARTS = "projects/<uuid:project>/conversations/"

urlpatterns = [
    path(_ENGINE, engine.engine, name="engine"),
    path(f"{_ENGINE}disconnect/", engine.disconnect, name="disconnect"),
    path(_STARTS, starts.log, name="log"),
    path(f"{_STARTS}new/", starting.new, name="new"),
    path(f"{_STARTS}new/people/", starting.people, name="people"),
    path(f"{_STARTS}new/flows/", starting.flows, name="flows"),
    path(f"{_STARTS}new/preview/", starting.preview, name="preview"),
    path(f"{_STARTS}several/", starting.several, name="several"),
    path(f"{_STARTS}<uuid:batch>/", starts.batch, name="batch"),
    path(f"{_STARTS}<uuid:batch>/rows/", starts.batch_rows, name="batch_rows"),
    path(f"{_STARTS}<uuid:start>/again/", starts.again, name="again"),
]
