"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    """The orgs app."""

    name = "orgs"
    verbose_name = _("People and organizations")

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .accounts import sessions  # noqa: F401
        from .audit import vocabulary  # noqa: F401
