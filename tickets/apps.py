"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """The tickets app; its reactions listen from the start."""

    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Offer the apps below what is known here, and connect the reactions to their signals."""
        from . import audit_vocabulary, receivers, registrations  # noqa: F401
