"""What the look promises: contrast in both themes, known tokens, nothing inline, the vendored files as listed."""

import importlib.util
import itertools
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "static/css/tokens.css").read_text()
STYLES = sorted((ROOT / "static/css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

AREAS = ["canvas", "surface", "sunken", "hover", "raised"]
STATES = ["accent", "danger", "warning", "success", "info"]
# Pairs that carry text (WCAG 1.4.3), and those that only draw edges and marks (1.4.11).
TEXT = [
    *itertools.product(["ink", "ink-2", "ink-3", "danger", *(f"{state}-ink" for state in STATES)], AREAS),
    *((f"{state}-ink", f"{state}-soft") for state in STATES),
    *(("ink", f"{state}-soft") for state in STATES),
    *((f"on-{name}", name) for name in ("accent", "danger", "signal")),
    *((f"on-{name}", f"{name}-hover") for name in ("accent", "danger", "rail")),
    ("rail-ink", "rail"), ("rail-ink", "rail-hover"), ("on-rail", "rail-active"),
    ("ink", "bubble-in"), ("ink", "bubble-out"), ("note-ink", "note"), ("ink", "line"),
    *((f"hue-{n}-ink", f"hue-{n}") for n in range(1, 9)),
]  # fmt: skip
EDGES = [
    *itertools.product(["line-strong", "focus", "signal", "warning", "success", "info"], AREAS),
    *((f"chart-{n}", "surface") for n in range(1, 9)),
]


def theme(selector: str) -> dict[str, str]:
    """Return the colours that tokens.css sets for a selector."""
    start = TOKENS.index("{", TOKENS.index(selector))
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", TOKENS[start : TOKENS.index("\n}", start)]))


THEMES = {"light": theme(':root,\n[data-bs-theme="light"] {'), "dark": theme('\n[data-bs-theme="dark"] {')}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (EDGES, 3)], ids=["text", "edges"])
def test_every_pair_has_enough_contrast(name, pairs, least):
    colours = THEMES[name]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < least} == {}


def test_both_themes_set_the_same_colours():
    assert THEMES["light"].keys() == THEMES["dark"].keys()


@pytest.mark.parametrize("name", THEMES)
def test_bootstraps_triplets_equal_the_tokens(name):
    start = TOKENS.index('\n[data-bs-theme="dark"] {') if name == "dark" else TOKENS.index('[data-bs-theme="light"]')
    block = TOKENS[start : TOKENS.index("\n}", start)]
    names = {"primary": "accent", "danger": "danger", "warning": "warning", "success": "success", "info": "info",
             "body-color": "ink", "body-bg": "canvas", "secondary-color": "ink-2", "tertiary-color": "ink-3",
             "link-color": "accent-ink"}  # fmt: skip
    for theirs, ours in names.items():
        triplet = re.search(rf"--bs-{theirs}-rgb: (\d+), (\d+), (\d+);", block)
        assert "#{:02x}{:02x}{:02x}".format(*map(int, triplet.groups())) == THEMES[name][ours], theirs


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_use_tokens_that_exist(path):
    text = path.read_text()
    set_somewhere = set(re.findall(r"(--[\w-]+)\s*:", "".join(style.read_text() for style in STYLES)))
    used = set(re.findall(r"var\((--[\w-]+)", text))
    assert {name for name in used - set_somewhere if not name.startswith("--bs-")} == set()
    if path.name != "tokens.css":
        # White behind a QR code is no matter of theme.
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", re.sub(r"#fff;", "", text))) == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_nothing_is_inline(path):
    text = path.read_text()
    if path.parent.name == "mail":
        # No page: mail programs read styles in the elements alone.
        text = re.sub(r"<style>.*?</style>|\sstyle=\"[^\"]*\"", "", text, flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text)


def test_vendored_files_are_as_listed():
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "scripts/vendor.py")
    vendor = importlib.util.module_from_spec(spec)
    sys.modules["vendor"] = vendor
    spec.loader.exec_module(vendor)
    assert vendor.problems() == []


def test_vendored_files_name_no_source_map():
    for path in (ROOT / "static/vendor").glob("*.*s*"):
        assert b"sourceMappingURL" not in path.read_bytes(), path.name
