"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActiveMessagesConfig(AppConfig):
    """The app of active messages."""

    name = "active_messages"
    verbose_name = _("Active messages")

    def ready(self) -> None:
        """Register with the hooks of lower apps."""
        from . import audit_vocabulary, registrations  # noqa: F401
