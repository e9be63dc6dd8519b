"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TagsConfig(AppConfig):
    """The tags app."""

    name = "tags"
    verbose_name = _("Tags")

    def ready(self) -> None:
        """Register what the apps below can't import."""
        from . import audit_vocabulary, registrations  # noqa: F401
