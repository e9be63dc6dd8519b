"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    """The orgs app."""

    name = "orgs"
    verbose_name = _("People and organizations")

    def ready(self) -> None:
        """Register the checks, what the end of sessions and second steps means, and what the audit log says."""
        from . import checks  # noqa: F401
        from .accounts import sessions  # noqa: F401
        from .audit import vocabulary  # noqa: F401
