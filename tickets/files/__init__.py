"""Files of messages (docs/rules.md, Files).

What they are (``content_types``, ``filenames``), previews (``thumbnails``), storage (``storage``), URLs (``links``)
and responses (``serving``).
"""
