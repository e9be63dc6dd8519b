"""URLs of the command palette."""

from django.urls import path

from . import views

app_name = "palette"

urlpatterns = [path("projects/<uuid:project>/find/", views.find, name="find")]
