"""Django's configuration of the app."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """The orgs app."""

    name = "orgs"

    def ready(self) -> None:
        """Register the check that every view states its rule, and what the end of sessions and second steps means."""
        from . import checks  # noqa: F401
        from .accounts import sessions  # noqa: F401
