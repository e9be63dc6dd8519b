"""Time zones are named one way on every page: by their city, in the reader's language."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from core.timezones import zone_name
from sectors.forms.sectors import zone_choices

TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.mark.parametrize(
    ("language", "zone", "name"),
    [
        ("en", "America/Sao_Paulo", "Sao Paulo"),
        ("es", "America/Sao_Paulo", "São Paulo"),
        ("pt-br", "America/New_York", "Nova York"),
        ("es", "America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("en", "Etc/GMT+3", "GMT+3"),
        ("es", "UTC", "UTC"),
        ("en", "no/zone", "no/zone"),
    ],
)
def test_a_zone_is_named_by_its_city(language: str, zone: str, name: str) -> None:
    with translation.override(language):
        assert zone_name(zone) == name


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_the_zones_on_offer_are_told_apart_and_named_as_elsewhere(language: str) -> None:
    with translation.override(language):
        choices = zone_choices()
        assert choices[0] == ("UTC", "UTC")
        labels = [label for _zone, label in choices]
        assert len(set(labels)) == len(labels)
        assert all(label.startswith(zone_name(zone)) for zone, label in choices)


def test_no_page_shows_the_raw_name() -> None:
    raw = re.compile(r"\{\{\s*[\w.]*timezone\s*\}\}|>\s*[^<{]*\{\{\s*zone\s*\}\}(?!.*endblocktranslate)")
    assert [str(path) for path in TEMPLATES.rglob("*.html") if raw.search(path.read_text())] == []
