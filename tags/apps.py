"""Django's configuration of the app."""

from django.apps import AppConfig


class TagsConfig(AppConfig):
    """The tags app."""

    name = "tags"

    def ready(self) -> None:
        """Offer the apps below what is known here."""
        from . import audit_vocabulary, registrations  # noqa: F401
