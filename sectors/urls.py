"""URLs of the sectors app."""

from django.urls import path

from .views import agent_limits, automatic_messages, quick_import, quick_messages, sectors, special_days

app_name = "sectors"
_SECTORS = "projects/<uuid:project>/sectors/"
_QUICK = "projects/<uuid:project>/quick-messages/"
_QUICK_FILE = f"{_QUICK}<uuid:quick>/files/<uuid:quick_file>/"
_SECTOR_QUICK = f"{_SECTORS}<uuid:sector>/quick-messages/"

urlpatterns = [
    path("projects/<uuid:project>/people/", sectors.people, name="people"),
    path("projects/<uuid:project>/places/", sectors.find_place, name="places"),
    path(_SECTORS, sectors.sector_list, name="list"),
    path(f"{_SECTORS}<uuid:sector>/move/", sectors.sector_move, name="move"),
    path(f"{_SECTORS}<uuid:sector>/", sectors.sector_detail, name="detail"),
    path(f"{_SECTORS}<uuid:sector>/archive/", sectors.sector_archive, name="archive"),
    path(f"{_SECTORS}<uuid:sector>/restore/", sectors.sector_restore, name="restore"),
    path(f"{_SECTORS}<uuid:sector>/limits/", agent_limits.limits, name="limits"),
    path(f"{_SECTORS}<uuid:sector>/automatic-messages/", automatic_messages.automatic, name="automatic"),
    path(f"{_SECTORS}<uuid:sector>/hours/", sectors.sector_hours, name="hours"),
    path(f"{_SECTORS}<uuid:sector>/hours/at/", sectors.hours_at, name="hours_at"),
    path(f"{_SECTORS}<uuid:sector>/days/", special_days.days, name="days"),
    path(f"{_SECTORS}<uuid:sector>/days/chosen/", special_days.days_chosen, name="days_chosen"),
    path(f"{_SECTORS}<uuid:sector>/days/file/", special_days.days_file, name="days_file"),
    path(f"{_SECTORS}<uuid:sector>/days/<uuid:day>/", special_days.day, name="day"),
    path(f"{_SECTORS}<uuid:sector>/days/<uuid:day>/remove/", special_days.day_remove, name="day_remove"),
    path(_QUICK, quick_messages.own, name="quick"),
    path(f"{_QUICK}<uuid:quick>/", quick_messages.own_message, name="quick_message"),
    path(f"{_QUICK}<uuid:quick>/remove/", quick_messages.own_remove, name="quick_remove"),
    path(_QUICK_FILE, quick_messages.file, name="quick_file"),
    path(f"{_QUICK_FILE}small/", quick_messages.file_thumbnail, name="quick_file_thumbnail"),
    path("quick-message-files/<str:token>/<str:name>", quick_messages.shared_file, name="shared_quick_file"),
    path(f"{_QUICK}export.csv", quick_messages.own_export, name="quick_export"),
    path(f"{_QUICK}import/", quick_import.own_import, name="quick_import"),
    path(_SECTOR_QUICK, quick_messages.of_sector, name="sector_quick"),
    path(f"{_SECTOR_QUICK}<uuid:quick>/", quick_messages.sector_message, name="sector_quick_message"),
    path(f"{_SECTOR_QUICK}<uuid:quick>/remove/", quick_messages.sector_remove, name="sector_quick_remove"),
    path(f"{_SECTOR_QUICK}export.csv", quick_messages.sector_export, name="sector_quick_export"),
    path(f"{_SECTOR_QUICK}import/", quick_import.sector_import, name="sector_quick_import"),
]
