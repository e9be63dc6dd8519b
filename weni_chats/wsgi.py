"""WSGI application: pages and API."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from weni_chats.serving import processes
from weni_chats.serving.chunked import KnownLength
from weni_chats.serving.unread import ReadOn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weni_chats.settings")
# The folder of static files is empty until they are collected, and WhiteNoise requires it to exist.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
processes.end_with_server()
application = KnownLength(ReadOn(get_wsgi_application()))

from orgs.checks import every_view_states_its_rule  # noqa: E402 - the apps are loaded now

# Refuse to start if a page has no access check.
_open = [m for m in every_view_states_its_rule(None) if m.is_serious()]
if _open:
    raise ImproperlyConfigured("; ".join(m.msg for m in _open))
