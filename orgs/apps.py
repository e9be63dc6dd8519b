"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    """Registers the checks, signal receivers and audit vocabulary of the app."""

    name = "orgs"
    verbose_name = _("People and organizations")

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .accounts import removed_keys, sessions  # noqa: F401
        from .audit import vocabulary  # noqa: F401
