"""Numbers as the language writes them, by the one source that browsers use as well (Unicode CLDR)."""

from babel import Locale
from babel.numbers import format_decimal, format_percent, get_decimal_symbol
from django.utils.translation import get_language


def _locale() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")


def grouped(number: int) -> str:
    """Return a whole number with the language's groups: 1,098 in English, 1.098 in Spanish and Portuguese."""
    return format_decimal(number, locale=_locale())


def percentage(share: float) -> str:
    """Return a share from 0 to 1 as a whole percentage: 41% in English, 41 % in Spanish."""
    return format_percent(share, locale=_locale())


def decimal_mark() -> str:
    """Return what stands before the decimals: a point in English, a comma in Spanish and Portuguese."""
    return get_decimal_symbol(_locale())
