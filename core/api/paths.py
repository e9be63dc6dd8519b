"""Which URLs belong to an API. Imports nothing of Django: the front needs it, too."""

import posixpath
import re

_FIRST = re.compile(r"(?:v1|v2|api)(?![\w-])", re.IGNORECASE)


def is_api(path: str) -> bool:
    """Whether a path, percent-decoded, belongs to an API, so that it never responds with HTML.

    So do paths that miss one by their spelling (``//v1/…``, ``/x/../v1/…``, ``/V1/…``): programs call them.
    """
    return any(_FIRST.match(p.lstrip("/\\")) for p in (path, posixpath.normpath("/" + path)))
