"""Django's configuration of the app."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """The tickets app; its reactions listen from the start."""

    name = "tickets"

    def ready(self) -> None:
        """Connect the reactions to the signals of the apps below."""
        from . import receivers  # noqa: F401
