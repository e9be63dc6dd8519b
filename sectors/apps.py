"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SectorsConfig(AppConfig):
    """The sectors app."""

    name = "sectors"
    verbose_name = _("Sectors")
