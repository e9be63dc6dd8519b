"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TagsConfig(AppConfig):
    """The tags app."""

    name = "tags"
    verbose_name = _("Tags")
