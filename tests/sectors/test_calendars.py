"""Public holidays to choose from (docs/rules.md, Special days)."""

from datetime import date

import pytest
from django.utils import translation

from core.errors import Invalid
from sectors.hours.holidays import countries, holidays_of, regions_of


def names(country: str, region: str = "", year: int = 2026) -> dict[date, str]:
    return {holiday.day: holiday.name for holiday in holidays_of(country, region, year)}


def test_a_region_has_days_of_its_own() -> None:
    revolution = date(2026, 7, 9)
    assert revolution not in names("BR")
    assert revolution in names("BR", "SP")
    assert names("BR").items() <= names("BR", "SP").items()


def test_days_that_move_are_of_the_year_asked_for() -> None:
    with translation.override("es"):
        assert (
            names("ES", year=2026)[date(2026, 4, 3)] == names("ES", year=2027)[date(2027, 3, 26)] == "Viernes Santo"
        )
        assert all(day.year == 2027 for day in names("ES", year=2027))


def test_it_is_known_which_days_keep_their_date() -> None:
    fixed = {holiday.day: holiday.fixed for holiday in holidays_of("BR", "", 2026)}
    assert fixed[date(2026, 12, 25)]
    assert not fixed[date(2026, 4, 3)]


@pytest.mark.parametrize(
    ("language", "country", "name"),
    [
        ("en", "BR", "Universal Fraternization Day"),
        ("pt-br", "BR", "Confraternização Universal"),
        ("es", "ES", "Año Nuevo"),
        # A calendar that does not speak the reader's language speaks its own.
        ("pt-br", "ES", "Año Nuevo"),
    ],
)
def test_names_are_in_the_readers_language_where_the_calendar_has_it(language: str, country: str, name: str) -> None:
    with translation.override(language):
        assert names(country)[date(2026, 1, 1)] == name


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_every_country_offered_has_a_calendar_and_a_name(language: str) -> None:
    with translation.override(language):
        offered = countries()
        assert len(offered) > 100
        assert all(name and name != code for code, name in offered)
        # A few islands where nobody lives have an empty one.
        assert sum(not holidays_of(code, "", 2026) for code, _name in offered) < 5


def test_every_region_offered_has_a_calendar() -> None:
    for code, region in [("BR", "SP"), ("ES", "MD"), ("MX", ""), ("US", "CA"), ("DE", "BY")]:
        assert region in {"", *(known for known, _name in regions_of(code))}
        assert holidays_of(code, region, 2026)


@pytest.mark.parametrize("country", ["", "XX", "br", "Brazil", "BRA", "../etc", "\x00"])
def test_an_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(Invalid) as refused:
        regions_of(country)
    assert refused.value.field == "country"


def test_a_region_of_another_country_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        holidays_of("BR", "MD", 2026)
    assert refused.value.field == "region"


@pytest.mark.parametrize("year", [-1, 0, 1999, 2101, 10**9])
def test_a_year_far_off_is_refused(year: int) -> None:
    with pytest.raises(Invalid) as refused:
        holidays_of("BR", "", year)
    assert refused.value.field == "year"
