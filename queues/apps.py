"""Django's configuration of the app."""

from django.apps import AppConfig


class QueuesConfig(AppConfig):
    """The queues app."""

    name = "queues"
