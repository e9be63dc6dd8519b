"""Months and weekdays are called by their names: no word of ours takes their place in the catalogues."""

import calendar
import gettext as catalogues
from pathlib import Path

import django
import pytest
from django.utils import translation
from django.utils.translation import gettext, to_locale

FRAMEWORK = Path(django.__file__).parent / "conf/locale"


@pytest.mark.parametrize("language", ["es", "pt-br"])
def test_dates_are_said_as_the_framework_says_them(language: str) -> None:
    """But in small letters: the framework writes Brazilian ones with capitals, which Brazilians do not."""
    theirs = catalogues.translation("django", FRAMEWORK, languages=[to_locale(language)])
    names = [*calendar.month_name[1:], *calendar.day_name]
    with translation.override(language):
        assert {name: gettext(name) for name in names} == {name: theirs.gettext(name).lower() for name in names}
