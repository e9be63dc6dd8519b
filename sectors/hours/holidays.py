"""Public holidays of countries and regions, to choose special days from (docs/rules.md, Special days).

The calendars come from the ``holidays`` package; a holiday applies to a sector only once somebody adds it.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays
from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

#: Years that can be requested: later ones aren't decided yet, earlier ones are long past.
FIRST_YEAR, LAST_YEAR = 2000, 2100
_CODE_LENGTH = 2


@dataclass(frozen=True)
class Holiday:
    """A public holiday of one year; ``fixed``: it has the same date next year."""

    day: date
    name: str
    fixed: bool


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _supported() -> dict[str, tuple[str, ...]]:
    """Return the regions of each country with a calendar, by two-letter ISO 3166-1 code."""
    found = holidays.list_supported_countries(include_aliases=False)
    return {code: tuple(regions) for code, regions in found.items() if len(code) == _CODE_LENGTH}


def countries() -> list[tuple[str, str]]:
    """Return (code, name in the active language) of the countries with a calendar, sorted by name."""
    names = _locale().territories
    return sorted(((code, names.get(code, code)) for code in _supported()), key=lambda pair: _folded(pair[1]))


def regions_of(country: str) -> list[tuple[str, str]]:
    """Return (code, name) of a country's regions with holidays of their own, sorted by name.

    Raises Invalid for an unknown country.
    """
    codes = _supported().get(country)
    if codes is None:
        raise Invalid(_("Choose a country from the list."), code="unknown_country", field="country")
    aliases = _calendar_class(country).get_subdivision_aliases()
    named = [(code, (aliases.get(code) or [code])[0]) for code in codes]
    return sorted(named, key=lambda pair: _folded(pair[1]))


def holidays_of(country: str, region: str, year: int) -> list[Holiday]:
    """Return a country's public holidays in a year, with those of ``region`` unless it is empty.

    Names are in the active language if the calendar has it, else in the country's own. Raises Invalid.
    """
    if region not in {"", *(code for code, _name in regions_of(country))}:
        raise Invalid(_("Choose a region of the country."), code="unknown_region", field="region")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(
            _("Choose a year from %(first)d to %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR},
            code="year_out_of_range",
            field="year",
        )
    calendar = holidays.country_holidays(
        country, subdiv=region or None, years=[year, year + 1], observed=True, language=_language_of(country)
    )
    return [
        Holiday(day, name[:80], _next_year(day) in calendar and calendar[_next_year(day)] == name)
        for day, name in sorted(calendar.items())
        if day.year == year
    ]


def _next_year(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year + 1, 3, 1) if leap else day.replace(year=day.year + 1)


def _calendar_class(country: str) -> type[holidays.HolidayBase]:
    return getattr(holidays, country)


def _language_of(country: str) -> str | None:
    """Return the calendar's code for the active language, else its default."""
    calendar, locale = _calendar_class(country), _locale()
    known = calendar.supported_languages or ()
    for wanted in (str(locale), locale.language):
        if wanted in known:
            return wanted
    kin = (name for name in known if name.split("_")[0] == locale.language)
    return next(kin, calendar.default_language)


def _folded(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(c))
