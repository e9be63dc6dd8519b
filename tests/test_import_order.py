"""Imports go in one direction only, between apps and inside them: the contracts in ``pyproject.toml``."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
APPS: list[str] = CONTRACTS["root_packages"]


def test_every_contract_is_kept() -> None:
    # In a process of its own: it configures logging, which would silence the loggers of this one.
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def packages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each import of a module, wherever it stands, as (line, name of the package)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.split(".")[0]


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_no_test(app: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / app).rglob("*.py"))
        for line, package in packages(path)
        if package in {"tests", "bench", "scripts"}
    ]
    assert not wrong, "\n".join(wrong)


def test_every_app_is_under_contract() -> None:
    from django.conf import settings

    ours = {app.split(".")[0] for app in settings.INSTALLED_APPS}
    layers = CONTRACTS["contracts"][0]["layers"]
    assert {app for app in ours if (ROOT / app).is_dir()} | {"core"} == set(APPS)
    assert {app.strip() for layer in layers for app in layer.split("|")} == set(APPS)
