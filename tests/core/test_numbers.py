"""Numbers are written by one rule of the language, whoever writes them."""

import pytest
from django.utils import translation

from core.numbers import grouped, percentage


@pytest.mark.parametrize(
    ("language", "thousand", "ten_thousand", "share"),
    [("en", "1,098", "10,000", "41%"), ("es", "1.098", "10.000", "41\xa0%"), ("pt-br", "1.098", "10.000", "41%")],
)
def test_numbers_in_each_language(language: str, thousand: str, ten_thousand: str, share: str) -> None:
    with translation.override(language):
        assert (grouped(1098), grouped(10_000), grouped(7)) == (thousand, ten_thousand, "7")
        assert percentage(0.4149) == share
