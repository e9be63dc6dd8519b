"""Apps import in one direction only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Whom an app may import; itself goes without saying.
LAYERS = (
    ("core",),
    ("live",),
    ("orgs",),
    ("sectors",),
    ("queues", "tags"),
    ("tickets",),
    ("reports",),
    ("setup", "demo"),
    ("weni_chats",),
)
BELOW = {
    app: {lower for layer in LAYERS[:level] for lower in layer} for level, apps in enumerate(LAYERS) for app in apps
}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each import of a module, wherever it stands, as (line, name of the package)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.split(".")[0]


@pytest.mark.parametrize("app", BELOW)
def test_an_app_imports_only_what_lies_below_it(app: str) -> None:
    allowed = BELOW[app] | {app}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {package}"
        for path in sorted((ROOT / app).rglob("*.py"))
        for line, package in imports(path)
        if package in (set(BELOW) | {"tests"}) - allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_every_app_is_in_the_table() -> None:
    from django.conf import settings

    ours = {app.split(".")[0] for app in settings.INSTALLED_APPS}
    assert {app for app in ours if (ROOT / app).is_dir()} == set(BELOW)
