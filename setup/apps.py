"""Django's configuration of the app."""

from django.apps import AppConfig


class SetupConfig(AppConfig):
    """Pages composed of several apps."""

    name = "setup"
    label = "setup"
