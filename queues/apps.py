"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueuesConfig(AppConfig):
    """The queues app."""

    name = "queues"
    verbose_name = _("Queues")

    def ready(self) -> None:
        """Register what the apps below can't import."""
        from . import audit_vocabulary, registrations  # noqa: F401
