"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueuesConfig(AppConfig):
    """The queues app."""

    name = "queues"
    verbose_name = _("Queues")

    def ready(self) -> None:
        """Offer the apps below what is known here."""
        from . import audit_vocabulary, registrations  # noqa: F401
