"""Django's configuration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueuesConfig(AppConfig):
    """The queues app."""

    name = "queues"
    verbose_name = _("Queues")
