"""Django's configuration of the app."""

from django.apps import AppConfig


class TagsConfig(AppConfig):
    """The tags app."""

    name = "tags"
