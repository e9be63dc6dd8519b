"""App configuration."""

from django.apps import AppConfig


class SetupConfig(AppConfig):
    """Pages composed of several apps."""

    name = "setup"
    label = "setup"

    def ready(self) -> None:
        """Register the audit log descriptions of this app, and what the navigation asks of it."""
        from . import audit_vocabulary, checklist  # noqa: F401
