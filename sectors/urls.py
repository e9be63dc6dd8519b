"""Addresses of the sectors app."""

from django.urls import path

from . import day_views, views

app_name = "sectors"
_SECTORS = "projects/<uuid:project>/sectors/"

urlpatterns = [
    path("projects/<uuid:project>/people/", views.people, name="people"),
    path(_SECTORS, views.sector_list, name="list"),
    path(f"{_SECTORS}<uuid:sector>/", views.sector_detail, name="detail"),
    path(f"{_SECTORS}<uuid:sector>/archive/", views.sector_archive, name="archive"),
    path(f"{_SECTORS}<uuid:sector>/restore/", views.sector_restore, name="restore"),
    path(f"{_SECTORS}<uuid:sector>/hours/", views.hours_at, name="hours_at"),
    path(f"{_SECTORS}<uuid:sector>/days/", day_views.days, name="days"),
    path(f"{_SECTORS}<uuid:sector>/days/chosen/", day_views.days_chosen, name="days_chosen"),
    path(f"{_SECTORS}<uuid:sector>/days/file/", day_views.days_file, name="days_file"),
    path(f"{_SECTORS}<uuid:sector>/days/<uuid:day>/", day_views.day, name="day"),
    path(f"{_SECTORS}<uuid:sector>/days/<uuid:day>/remove/", day_views.day_remove, name="day_remove"),
]
