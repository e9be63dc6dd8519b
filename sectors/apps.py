"""Django's configuration of the app."""

from django.apps import AppConfig


class SectorsConfig(AppConfig):
    """The sectors app."""

    name = "sectors"
