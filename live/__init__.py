"""Events for browsers: what changed, to whom it matters, never what it says.

Operations call ``publish``; browsers hold one stream (``live.asgi``) and fetch the fragment that changed, so
that permission is checked where the content is given. Knows no other app: who may hear what is injected.

A page is rendered first and listens later. Its script (static/js/live.js) therefore says ``live:resync`` once
it is subscribed: what the page fetches then misses nothing.
"""

from .publish import publish

__all__ = ["publish"]
