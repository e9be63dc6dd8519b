"""Live events for browsers: what changed, and who needs to know; never the content itself.

Operations call ``publish``; each browser page holds one event stream (``live.asgi``) and refetches the fragment that
changed, so permissions are checked where the content is served. Knows no other app: the rules of who may listen are
injected.

A page is rendered before it subscribes. Its script (static/js/live.js) therefore emits ``live:resync`` once
subscribed, so that nothing in between is missed.
"""

from .publish import publish

__all__ = ["publish"]
