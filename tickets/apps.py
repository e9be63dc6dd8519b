"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """The tickets app; its reactions listen from the start."""

    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Connect the reactions to the signals of the apps below."""
        from . import receivers  # noqa: F401
