"""Django's configuration of the app."""

from django.apps import AppConfig


class SetupConfig(AppConfig):
    """Pages composed of several apps."""

    name = "setup"
    label = "setup"

    def ready(self) -> None:
        """Say what the audit log is to say of this app."""
        from . import audit_vocabulary  # noqa: F401
