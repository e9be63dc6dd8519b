"""Writing a configuration as readable YAML: equal states give equal text (docs/configuration.md)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from .dump import Facts

HEADER = """\
# Configuration of a project of Weni Chats.
# Hours are on the wall clock of the sector's time zone; 22:00-06:00 passes midnight, an empty list is closed.
# Managers, agents and their limits are named by e-mail. The order is the order here. Archived things are left out.
version: 1
"""

#: Unambiguous without quotes for any YAML reader.
_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][\w.@+ /-]*[\w.]")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
#: Characters that a line of YAML can't contain, or that readers take for line breaks.
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def as_yaml(sectors: list[Facts]) -> str:
    """Return the YAML of what ``configuration_of`` returns."""
    lines = [HEADER, "sectors:" if sectors else "sectors: []"]
    for sector in sectors:
        for number, line in enumerate(_sector(sector)):
            lines.append(("  - " if number == 0 else "    ") + line)
    return "\n".join(lines) + "\n"


def _sector(sector: Facts) -> Iterator[str]:
    for key, value in sector.items():
        if isinstance(value, dict) and value:
            yield f"{key}:"
            for name, inner in value.items():
                yield f"  {_scalar(name)}: {_flow(inner)}"
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{key}:"
            for item in value:
                yield f"  - {_flow(item)}"
        else:
            yield f"{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(name)}: {_flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
