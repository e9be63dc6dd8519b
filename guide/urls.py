"""URLs of the guide."""

from django.urls import path

from . import views

app_name = "guide"

urlpatterns = [
    path("guide/", views.index, name="index"),
    path("guide/<slug:chapter>/", views.chapter, name="chapter"),
]
