"""App configuration."""

from django.apps import AppConfig


class GuideConfig(AppConfig):
    """Pages of the guide."""

    name = "guide"
    label = "guide"
