"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """The tickets app; connects its signal receivers at startup."""

    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Register with the hooks of lower apps and connect the signal receivers."""
        from . import audit_vocabulary, receivers, registrations  # noqa: F401
        from .api.generic import errors

        errors.register()
