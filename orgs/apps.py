"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    """The orgs app."""

    name = "orgs"
    verbose_name = _("People and organizations")

    def ready(self) -> None:
        """Register the check that every view states its rule."""
        from . import checks  # noqa: F401
