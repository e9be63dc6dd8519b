#!/usr/bin/env python3
"""Bring the browser libraries into static/vendor/ and list them in vendor.json.

    scripts/vendor.py           fetch the packages below with ``npm pack`` and write files and list anew
    scripts/vendor.py --check   compare the files at hand with the list; needs no network and no npm

Only files that a page loads are kept, each with its licence. The libraries run as published, but for the lines
that name a source map: the maps aren't shipped, and a manifest storage stumbles over a name without a file.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
LIST = VENDOR / "vendor.json"
_SOURCE_MAP = re.compile(rb"^\s*(//[#@]|/\*[#@])\s*sourceMappingURL=.*$\n?", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A package of the npm registry at one version; ``files`` maps a path in it to a name under vendor/."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


PACKAGES = [
    Package("htmx.org", "4.0.1", "0BSD", {"dist/htmx.min.js": "htmx.min.js"}),
    Package("@alpinejs/csp", "3.17.4", "MIT", {"dist/cdn.min.js": "alpine-csp.min.js"}),
    Package(
        "bootstrap",
        "5.3.9",
        "MIT",
        {
            "dist/css/bootstrap.min.css": "bootstrap.min.css",
            "dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
        },
    ),
    Package(
        "tom-select",
        "2.6.2",
        "Apache-2.0",
        {
            "dist/js/tom-select.popular.min.js": "tom-select.min.js",
            "dist/css/tom-select.bootstrap5.min.css": "tom-select.min.css",
        },
    ),
    Package("sortablejs", "1.15.7", "MIT", {"Sortable.min.js": "sortable.min.js"}),
    Package("chart.js", "4.6.1", "MIT", {"dist/chart.umd.min.js": "chart.min.js"}),
    Package(
        "@fontsource-variable/figtree",
        "5.3.0",
        "OFL-1.1",
        {
            "files/figtree-latin-wght-normal.woff2": "fonts/figtree-latin.woff2",
            "files/figtree-latin-ext-wght-normal.woff2": "fonts/figtree-latin-ext.woff2",
        },
    ),
]


def unpack(package: Package, folder: Path) -> Path:
    """Fetch a package into ``folder`` and return where its files lie."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def take(package: Package, source: Path) -> list[dict[str, str]]:
    """Copy a package's files and licence below vendor/ and return their entries for the list."""
    entries = []
    for path, name in package.files.items():
        content = _SOURCE_MAP.sub(b"", (source / path).read_bytes())
        target = VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        entries.append(
            {
                "name": package.name,
                "version": package.version,
                "licence": package.licence,
                "file": name,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    licence = next(iter(sorted(source.glob("[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]*"))), None)
    if licence:
        target = VENDOR / "licences" / f"{package.name.rsplit('/', 1)[-1]}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(licence, target)
    return entries


def fetch() -> None:
    """Write static/vendor/ anew from the packages above."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    entries = []
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            entries += take(package, unpack(package, Path(folder)))
    LIST.write_text(json.dumps(entries, indent=2) + "\n")


def problems() -> list[str]:
    """Return what differs between the files at hand, the list and the packages above."""
    entries = {entry["file"]: entry for entry in json.loads(LIST.read_text())}
    wanted = {name: package for package in PACKAGES for name in package.files.values()}
    found = [f"{name} is not listed" for name in wanted.keys() - entries.keys()]
    found += [f"{name} is listed but not wanted" for name in entries.keys() - wanted.keys()]
    for name, entry in entries.items():
        path = VENDOR / name
        if not path.exists():
            found.append(f"{name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{name} was changed by hand")
        if name in wanted and wanted[name].version != entry["version"]:
            found.append(f"{name} is of version {entry['version']}")
    return sorted(found)


def main() -> int:
    """Run the command line; the exit status is 1 if the check found something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--check", action="store_true", help="compare only, offline")
    if not parser.parse_args().check:
        fetch()
    found = problems()
    print("\n".join(found) or "static/vendor/ is as listed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
