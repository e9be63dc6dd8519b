#!/usr/bin/env python3
"""List the licences of everything pinned, and refuse what an Apache-2.0 program may not be shipped with.

    scripts/licenses.py           write docs/licenses.md anew
    scripts/licenses.py --check   fail where the list is out of date or a licence is not among those allowed

Reads the lock files and the metadata of the installed packages, so it runs in the project's virtual environment.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "licenses.md"
VENDOR = ROOT / "static" / "vendor" / "vendor.json"

#: Licences that an Apache-2.0 program may depend on: permissive ones, and the weak copyleft of libraries that are
#: imported as they are (LGPL, MPL).
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    # Fonts, shipped unchanged.
    "OFL-1.1",
    "PSF-2.0",
}
#: What older metadata says, as an identifier of SPDX.
SPELLED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
#: Packages whose metadata names no licence, or one too few: read in their own files.
READ_BY_HAND = {
    "axe-playwright-python": "MIT",
    "qrcode": "BSD-3-Clause",
}
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s\\]+)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Package:
    """A pinned package with the licence it states."""

    name: str
    version: str
    licence: str

    @property
    def allowed(self) -> bool:
        """Whether one of the licences offered, or all of those joined, are allowed."""
        choices = re.split(r"\s+OR\s+", self.licence)
        return any(set(re.split(r"\s+AND\s+", choice.strip("()"))) <= ALLOWED for choice in choices)


def _licence_of(name: str) -> str:
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    found = metadata(name)
    if expression := found.get("License-Expression"):
        return " OR ".join(SPELLED.get(part.strip(), part.strip()) for part in expression.split(" OR "))
    classifiers = [text.rpartition("::")[2].strip() for text in found.get_all("Classifier") or []]
    named = [SPELLED[text] for text in classifiers if text in SPELLED]
    return " OR ".join(named) or (found.get("License") or "unknown").split("\n")[0]


def _pinned(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return {re.sub(r"[-_.]+", "-", match[1]).lower(): match[2] for match in _PIN.finditer(text)}


def _packages(pins: dict[str, str]) -> list[Package]:
    return sorted(Package(name, version, _licence_of(name)) for name, version in pins.items())


def _table(packages: list[Package]) -> str:
    rows = "\n".join(f"| {package.name} | {package.version} | {package.licence} |" for package in packages)
    return f"| package | version | licence |\n|---|---|---|\n{rows}\n"


def main() -> int:
    """Write or check the list; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    running = _pinned("run.txt")
    developing = {name: version for name, version in _pinned("dev.txt").items() if name not in running}
    try:
        run, dev = _packages(running), _packages(developing)
    except PackageNotFoundError as error:
        print(f"Not installed: {error.name}. Run this with the project's virtual environment.", file=sys.stderr)
        return 1
    files = {(row["name"], row["version"], row["licence"]) for row in json.loads(VENDOR.read_text(encoding="utf-8"))}
    browser = sorted(Package(*row) for row in files)
    if refused := [package for package in (*run, *dev, *browser) if not package.allowed]:
        for package in refused:
            print(f"{package.name} {package.version}: {package.licence} is not among the licences allowed")
        return 1
    text = (
        "# Licences of what Weni Chats is built on\n\n"
        "Weni Chats is licensed under [Apache-2.0](../LICENSE). `scripts/licenses.py` writes this list from the\n"
        "lock files; `make lint` fails where a package has a licence that does not allow this use.\n\n"
        f"## Shipped and running\n\n{_table(run)}\n## In the browser\n\n{_table(browser)}\n"
        f"## Developing and testing only\n\n{_table(dev)}"
    )
    if not check:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        print("docs/licenses.md is out of date: run scripts/licenses.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
