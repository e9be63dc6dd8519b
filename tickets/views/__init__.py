"""The desk: pages and fragments (``pages``), what an agent does (``actions``, ``handing``), status (``status``)."""
