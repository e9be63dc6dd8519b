"""Django's configuration of the app."""

from django.apps import AppConfig


class SectorsConfig(AppConfig):
    """The sectors app."""

    name = "sectors"

    def ready(self) -> None:
        """Offer the apps below what is known here."""
        from . import audit_vocabulary, registrations  # noqa: F401
