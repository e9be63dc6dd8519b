"""Django's configuration of the app."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """The orgs app."""

    name = "orgs"
