"""History, dashboard, exports: reads only."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The app that looks back."""

    name = "reports"
