"""Django's configuration of the app."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """The tickets app; its reactions listen from the start."""

    name = "tickets"

    def ready(self) -> None:
        """Offer the apps below what is known here, and connect the reactions to their signals."""
        from . import audit_vocabulary, receivers, registrations  # noqa: F401
