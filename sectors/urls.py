"""Addresses of the sectors app."""

from django.urls import path

from . import automatic_views, day_views, limit_views, quick_views, views

app_name = "sectors"
_SECTORS = "projects/<uuid:project>/sectors/"
_QUICK = "projects/<uuid:project>/quick-messages/"
_SECTOR_QUICK = f"{_SECTORS}<uuid:sector>/quick-messages/"

urlpatterns = [
    path("projects/<uuid:project>/people/", views.people, name="people"),
    path("projects/<uuid:project>/places/", views.find_place, name="places"),
    path(_SECTORS, views.sector_list, name="list"),
    path(f"{_SECTORS}<uuid:sector>/move/", views.sector_move, name="move"),
    path(f"{_SECTORS}<uuid:sector>/", views.sector_detail, name="detail"),
    path(f"{_SECTORS}<uuid:sector>/archive/", views.sector_archive, name="archive"),
    path(f"{_SECTORS}<uuid:sector>/restore/", views.sector_restore, name="restore"),
    path(f"{_SECTORS}<uuid:sector>/limits/", limit_views.limits, name="limits"),
    path(f"{_SECTORS}<uuid:sector>/automatic-messages/", automatic_views.automatic, name="automatic"),
    path(f"{_SECTORS}<uuid:sector>/hours/", views.hours_at, name="hours_at"),
    path(f"{_SECTORS}<uuid:sector>/days/", day_views.days, name="days"),
    path(f"{_SECTORS}<uuid:sector>/days/chosen/", day_views.days_chosen, name="days_chosen"),
    path(f"{_SECTORS}<uuid:sector>/days/file/", day_views.days_file, name="days_file"),
    path(f"{_SECTORS}<uuid:sector>/days/<uuid:day>/", day_views.day, name="day"),
    path(f"{_SECTORS}<uuid:sector>/days/<uuid:day>/remove/", day_views.day_remove, name="day_remove"),
    path(_QUICK, quick_views.own, name="quick"),
    path(f"{_QUICK}<uuid:quick>/", quick_views.own_message, name="quick_message"),
    path(f"{_QUICK}<uuid:quick>/remove/", quick_views.own_remove, name="quick_remove"),
    path(f"{_QUICK}export.csv", quick_views.own_export, name="quick_export"),
    path(f"{_QUICK}import/", quick_views.own_import, name="quick_import"),
    path(_SECTOR_QUICK, quick_views.of_sector, name="sector_quick"),
    path(f"{_SECTOR_QUICK}<uuid:quick>/", quick_views.sector_message, name="sector_quick_message"),
    path(f"{_SECTOR_QUICK}<uuid:quick>/remove/", quick_views.sector_remove, name="sector_quick_remove"),
    path(f"{_SECTOR_QUICK}export.csv", quick_views.sector_export, name="sector_quick_export"),
    path(f"{_SECTOR_QUICK}import/", quick_views.sector_import, name="sector_quick_import"),
]
