"""App configuration."""

from django.apps import AppConfig


class SetupConfig(AppConfig):
    """Pages composed of several apps."""

    name = "setup"
    label = "setup"

    def ready(self) -> None:
        """Register the audit log descriptions of this app."""
        from . import audit_vocabulary  # noqa: F401
