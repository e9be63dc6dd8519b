"""URLs of history and dashboard."""

from django.urls import path

from .views import dashboard, history, printing, usage

app_name = "reports"

_HISTORY = "projects/<uuid:project>/history/"
_USAGE = "organizations/<uuid:organization>/usage/"
_DASHBOARD = "projects/<uuid:project>/dashboard/"

urlpatterns = [
    path(_HISTORY, history.history, name="history"),
    path(f"{_HISTORY}export.csv", history.export_csv, name="export_csv"),
    path(f"{_HISTORY}export.xlsx", history.export_xlsx, name="export_xlsx"),
    path(f"{_HISTORY}choices/<str:field>/", history.choices, name="choices"),
    path(f"{_HISTORY}<uuid:ticket>/", history.ticket, name="ticket"),
    path(f"{_HISTORY}<uuid:ticket>/print/", printing.print_ticket, name="print"),
    path(_USAGE, usage.usage_page, name="usage"),
    path(f"{_USAGE}export.csv", usage.usage_csv, name="usage_csv"),
    path(_DASHBOARD, dashboard.dashboard, name="dashboard"),
    path(f"{_DASHBOARD}now/", dashboard.now_fragment, name="now"),
]
