"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SectorsConfig(AppConfig):
    """The sectors app."""

    name = "sectors"
    verbose_name = _("Sectors")

    def ready(self) -> None:
        """Register what the apps below can't import."""
        from . import audit_vocabulary, receivers, registrations  # noqa: F401
